package dev.penstock.ingress;

import dev.penstock.schemas.catalog.Catalog;
import dev.penstock.schemas.catalog.Tenant;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Who calls, by API key. Only hashes of keys are known here. Immutable. */
final class Callers {
    /** A tenant and the key it called with. */
    record Caller(Tenant tenant, String keyId) {}

    private final Map<String, Caller> bySha256 = new HashMap<>();

    private final Map<String, String> admins;

    /** @param admins ids of administrators' keys, by SHA-256 */
    Callers(Catalog catalog, Map<String, String> admins) {
        this.admins = admins;
        for (Tenant tenant : catalog.tenants().values()) {
            for (Tenant.Key key : tenant.keys()) {
                bySha256.put(key.sha256(), new Caller(tenant, key.id()));
            }
        }
    }

    /** The caller with this key, or null if no tenant has it. The look-up is by hash, so its time tells nothing of the key. */
    @Nullable
    Caller byKey(String key) {
        return bySha256.get(hash(key));
    }

    /** The id of an administrator's key, or null if it is none. */
    @Nullable
    String adminByKey(String key) {
        return admins.get(hash(key));
    }

    private static String hash(String key) {
        return HexFormat.of().formatHex(sha256().digest(key.getBytes(StandardCharsets.UTF_8)));
    }

    static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every Java platform has SHA-256", e);
        }
    }
}

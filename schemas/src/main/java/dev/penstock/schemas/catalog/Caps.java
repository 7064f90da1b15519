package dev.penstock.schemas.catalog;

import java.util.HashMap;
import java.util.Map;

/**
 * The accounts of a catalog and their caps. An account is a tenant, called by its name, or one of its keys, called
 * {@code TENANT/KEYID}.
 */
public final class Caps {
    private Caps() {}

    /** The account of a key. */
    public static String account(String tenant, String keyId) {
        return tenant + "/" + keyId;
    }

    /** Every account that the settings give a cap. */
    public static Map<String, Cap> configured(Catalog catalog) {
        var caps = new HashMap<String, Cap>();
        for (Tenant tenant : catalog.tenants().values()) {
            caps.put(tenant.name(), tenant.cap());
            tenant.keys().forEach(key -> caps.put(account(tenant.name(), key.id()), key.cap()));
        }
        caps.values().removeIf(Cap::isNone);
        return Map.copyOf(caps);
    }
}

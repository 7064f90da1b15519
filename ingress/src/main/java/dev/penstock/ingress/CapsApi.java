package dev.penstock.ingress;

import dev.penstock.ingress.admission.CapBody;
import dev.penstock.ingress.admission.Refusals;
import dev.penstock.schemas.catalog.Cap;
import dev.penstock.schemas.catalog.Caps;
import dev.penstock.schemas.catalog.Catalog;
import dev.penstock.schemas.catalog.Tenant;
import dev.penstock.schemas.event.AccountCap;
import dev.penstock.schemas.till.LedgerLine;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.ext.web.RoutingContext;
import java.time.Instant;
import java.util.Locale;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@code /v1/admin/caps/TENANT} and {@code /v1/admin/caps/TENANT/keys/KEYID}: shows, sets and unsets what an account may
 * spend. A change is answered when the log has it; every process goes by it within a second. Lives on one event loop.
 */
final class CapsApi {
    /** Where a route's context holds the id of the administrator's key. */
    static final String ADMIN = "admin";
    private static final Logger LOG = LoggerFactory.getLogger(CapsApi.class);
    private static final int MAX_BODY = 64 * 1024;

    private final Context context;
    private final Catalog catalog;
    private final LedgerLine line;

    CapsApi(Context context, Catalog catalog, LedgerLine line) {
        this.context = context;
        this.catalog = catalog;
        this.line = line;
    }

    /** Answers with the cap that is in force. */
    void show(RoutingContext route) {
        String account = account(route);
        if (account != null) {
            answer(route, account, line.cap(account), line.isSet(account));
        }
    }

    /** Puts a cap in the place of the one that is in force. */
    void set(RoutingContext route) {
        String account = account(route);
        if (account != null) {
            new BodyReader(route.request(), MAX_BODY).read(body -> {
                switch (CapBody.read(body.getBytes())) {
                    case CapBody.Result.Invalid(var error) -> Responses.error(route.response(), error);
                    case CapBody.Result.Valid(var cap) -> change(route, account, line.setCap(new AccountCap(account,
                            cap.daily(), cap.weekly(), cap.monthly(), cap.mode() == Cap.Mode.SOFT, cap.alerts(),
                            Instant.now())), () -> answer(route, account, cap, true));
                }
            }, () -> Responses.error(route.response(), Refusals.bodyTooLarge(MAX_BODY)));
        }
    }

    /** Has the account keep to the settings again. */
    void unset(RoutingContext route) {
        String account = account(route);
        if (account != null) {
            change(route, account, line.unsetCap(account), () -> route.response().setStatusCode(204).end());
        }
    }

    private void change(RoutingContext route, String account, CompletionStage<Void> appended, Runnable answer) {
        Future.fromCompletionStage(appended, context).onSuccess(_ -> {
            LOG.info("{} of the cap of {} by the administrator's key {}", route.request().method(), account,
                    route.<String>get(ADMIN));
            if (!route.response().closed()) {
                answer.run();
            }
        }).onFailure(cause -> {
            LOG.warn("a cap was not acknowledged by Kafka: {}", cause.toString());
            Responses.error(route.response(), Refusals.logUnavailable(1));
        });
    }

    /** The account that the path names; null, and an answer, if there is none. */
    private @Nullable String account(RoutingContext route) {
        String name = route.pathParam("tenant");
        String key = route.pathParam("key");
        String account = key == null ? name : Caps.account(name, key);
        Tenant tenant = catalog.tenants().get(name);
        if (tenant == null || key != null && tenant.keys().stream().noneMatch(one -> one.id().equals(key))) {
            Responses.error(route.response(), Refusals.accountNotFound(account));
            return null;
        }
        return account;
    }

    private static void answer(RoutingContext route, String account, Cap cap, boolean set) {
        Responses.json(route.response(), 200, Buffer.buffer(Responses.written(json -> {
            json.writeStartObject();
            json.writeStringField("object", "cap");
            json.writeStringField("account", account);
            json.writeStringField("source", set ? "admin" : "settings");
            json.writeStringField("daily", dollars(cap.daily()));
            json.writeStringField("weekly", dollars(cap.weekly()));
            json.writeStringField("monthly", dollars(cap.monthly()));
            json.writeStringField("mode", cap.mode().name().toLowerCase(Locale.ROOT));
            json.writeArrayFieldStart("alerts");
            for (int percent : cap.alerts()) {
                json.writeNumber(percent);
            }
            json.writeEndArray();
            json.writeEndObject();
        })));
    }

    private static @Nullable String dollars(@Nullable Long nano) {
        return nano == null ? null : Responses.dollars(nano);
    }
}

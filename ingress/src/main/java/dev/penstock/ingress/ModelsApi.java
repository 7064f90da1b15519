package dev.penstock.ingress;

import dev.penstock.ingress.admission.Refusals;
import dev.penstock.schemas.catalog.Catalog;
import dev.penstock.schemas.catalog.Model;
import dev.penstock.schemas.catalog.Tenant;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.SortedMap;
import java.util.TreeMap;

/** {@code GET /v1/models} and {@code GET /v1/models/{id}}, in OpenAI's shape. */
final class ModelsApi {
    private final Catalog catalog;
    private final SortedMap<String, JsonObject> all = new TreeMap<>();

    ModelsApi(Catalog catalog) {
        this.catalog = catalog;
        catalog.models().values().forEach(model -> all.put(model.name(), json(model)));
        catalog.routes().keySet().forEach(name -> all.put(name, json(name, 0, "penstock")));
    }

    /** All that a tenant may ask for, routes among them. */
    void list(HttpServerResponse response, Tenant tenant) {
        var data = new JsonArray();
        all.forEach((name, model) -> {
            if (tenant.access().allows(name)) {
                data.add(model);
            }
        });
        Responses.json(response, 200, new JsonObject().put("object", "list").put("data", data).toBuffer());
    }

    void get(HttpServerResponse response, Tenant tenant, String name) {
        Model unlisted = all.containsKey(name) ? null : catalog.model(name);
        JsonObject model = unlisted == null ? all.get(name) : json(unlisted);
        if (model == null || !tenant.access().allows(name)) {
            Responses.error(response, Refusals.modelNotFound(name));
        } else {
            Responses.json(response, 200, model.toBuffer());
        }
    }

    private static JsonObject json(Model model) {
        return json(model.name(), model.created(), model.provider());
    }

    private static JsonObject json(String name, long created, String owner) {
        return new JsonObject().put("id", name).put("object", "model").put("created", created).put("owned_by", owner);
    }
}

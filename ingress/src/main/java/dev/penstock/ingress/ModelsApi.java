package dev.penstock.ingress;

import dev.penstock.ingress.admission.Refusals;
import dev.penstock.schemas.catalog.Catalog;
import dev.penstock.schemas.catalog.Model;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Comparator;

/** {@code GET /v1/models} and {@code GET /v1/models/{id}}, in OpenAI's shape. */
final class ModelsApi {
    private final Catalog catalog;
    private final JsonObject list;

    ModelsApi(Catalog catalog) {
        this.catalog = catalog;
        var data = new JsonArray();
        catalog.models().values().stream().sorted(Comparator.comparing(Model::name)).map(ModelsApi::json)
                .forEach(data::add);
        this.list = new JsonObject().put("object", "list").put("data", data);
    }

    void list(HttpServerResponse response) {
        Responses.json(response, 200, list.toBuffer());
    }

    void get(HttpServerResponse response, String name) {
        Model model = catalog.model(name);
        if (model == null) {
            Responses.error(response, Refusals.modelNotFound(name));
        } else {
            Responses.json(response, 200, json(model).toBuffer());
        }
    }

    private static JsonObject json(Model model) {
        return new JsonObject().put("id", model.name()).put("object", "model").put("created", model.created())
                .put("owned_by", model.provider());
    }
}

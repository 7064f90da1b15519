package dev.penstock.ingress.report;

import dev.penstock.schemas.event.Spend;
import java.util.Locale;

/** What spend can be split by. */
public enum Dimension {
    DAY, TENANT, KEY, MODEL, PROVIDER, LANE;

    /** How parameters and answers call it. */
    public String word() {
        return lower(name());
    }

    /** The part of the spend that a sum belongs to. */
    public String of(Spend spend) {
        return switch (this) {
            case DAY -> spend.getDay().toString();
            case TENANT -> spend.getTenant();
            case KEY -> spend.getKeyId();
            case MODEL -> spend.getModel();
            case PROVIDER -> spend.getProvider();
            case LANE -> lower(spend.getLane().name());
        };
    }

    private static String lower(String name) {
        return name.toLowerCase(Locale.ROOT);
    }
}

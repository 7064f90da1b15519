package dev.penstock.dispatcher.provider;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The tool calls of one choice, put straight. Providers leave the index out or give 0 to every call, repeat the id in
 * each fragment or give an empty one, and send a call without arguments as nothing at all; clients merge fragments by
 * the presence of an id and fail on all of these.
 */
final class ToolCalls {
    private static final Pattern ID_PREFIX = Pattern.compile("^[a-z]+[-_]");

    private final String idPrefix;
    private final List<Call> calls = new ArrayList<>();

    private static final class Call {
        private final int providerIndex;
        private final String id;
        private boolean named;
        private boolean hasArguments;

        Call(int providerIndex, String id) {
            this.providerIndex = providerIndex;
            this.id = id;
        }
    }

    /** What the ids begin with that we give to the calls of an answer. */
    static String idPrefix(String requestId) {
        return ID_PREFIX.matcher(requestId).replaceFirst("call_") + "_";
    }

    /** Calls to which a provider gives no id get one that begins so. */
    ToolCalls(String idPrefix) {
        this.idPrefix = idPrefix;
    }

    /**
     * The canonical fragment of a provider's; null if it says nothing.
     *
     * @param providerIndex -1 if there is none
     */
    AnswerEvent.@Nullable ToolCall fragment(int providerIndex, @Nullable String id, @Nullable String name,
            @Nullable String arguments) {
        // Mistral writes "null" where there is none.
        String given = id == null || id.equals("null") ? "" : id;
        int index = find(providerIndex, given);
        boolean begins = index < 0;
        if (begins) {
            index = calls.size();
            calls.add(new Call(providerIndex, given.isEmpty() ? idPrefix + index : given));
        }
        Call call = calls.get(index);
        boolean names = !call.named && name != null && !name.isEmpty();
        call.named |= names;
        String text = arguments == null ? "" : arguments;
        call.hasArguments |= !text.isEmpty();
        return begins || names || !text.isEmpty()
                ? new AnswerEvent.ToolCall(index, begins ? call.id : null, names ? name : null, text)
                : null;
    }

    /** Once the choice has ended: empty arguments for the calls that have none. */
    List<AnswerEvent.ToolCall> complete() {
        var fragments = new ArrayList<AnswerEvent.ToolCall>();
        for (int i = 0; i < calls.size(); i++) {
            if (!calls.get(i).hasArguments) {
                calls.get(i).hasArguments = true;
                fragments.add(new AnswerEvent.ToolCall(i, null, null, "{}"));
            }
        }
        return fragments;
    }

    /** The latest call that a fragment can belong to; -1 if it begins one. */
    private int find(int providerIndex, String id) {
        for (int i = calls.size() - 1; i >= 0; i--) {
            Call call = calls.get(i);
            boolean samePlace = providerIndex < 0 || call.providerIndex == providerIndex;
            if (samePlace && (id.isEmpty() || call.id.equals(id))) {
                return i;
            }
        }
        return -1;
    }
}

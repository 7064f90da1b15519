package dev.penstock.schemas.catalog;

/** The dialects that Penstock speaks. */
public enum ProviderKind {
    /** OpenAI's chat completions; the next ones too, with differences. */
    OPENAI, AZURE, DEEPSEEK, GROQ, MISTRAL, QWEN, OPENROUTER, XAI, OLLAMA,
    /** Any other server of the dialect: vLLM, llama.cpp, SGLang, LM Studio, the simulator. */
    OPENAI_COMPATIBLE,
    /** OpenAI's Responses, for models that need it. */
    OPENAI_RESPONSES,
    /** Anthropic's Messages. */
    ANTHROPIC,
    /** AWS Bedrock's Converse. */
    BEDROCK,
    /** Google's generateContent: the Gemini Developer API, and Vertex AI with a bearer token. */
    GEMINI, VERTEX,
    /** Ollama's own {@code /api/chat}. */
    OLLAMA_NATIVE,
    /** DashScope's own generation API. */
    QWEN_NATIVE;

    /**
     * Whether it may give but one choice a call. Where a request asks for several, each is a call then, which reads the
     * prompt anew.
     */
    public boolean mayNeedACallForEachChoice() {
        return switch (this) {
            case OPENAI, AZURE, MISTRAL, XAI, OPENAI_COMPATIBLE -> false;
            case DEEPSEEK, GROQ, QWEN, OPENROUTER, OLLAMA, OPENAI_RESPONSES, ANTHROPIC, BEDROCK, GEMINI, VERTEX,
                    OLLAMA_NATIVE, QWEN_NATIVE ->
                true;
        };
    }

    /** Whether Penstock speaks its batch API: OpenAI's, which others have taken over, Anthropic's or Gemini's. */
    public boolean hasBatchApi() {
        return switch (this) {
            case OPENAI, OPENAI_RESPONSES, GROQ, OPENAI_COMPATIBLE, ANTHROPIC, GEMINI -> true;
            case AZURE, DEEPSEEK, MISTRAL, QWEN, OPENROUTER, XAI, OLLAMA, BEDROCK, VERTEX, OLLAMA_NATIVE,
                    QWEN_NATIVE ->
                false;
        };
    }
}

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
    QWEN_NATIVE
}

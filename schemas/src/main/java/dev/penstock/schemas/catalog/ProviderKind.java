package dev.penstock.schemas.catalog;

/** The dialects that Penstock speaks. */
public enum ProviderKind {
    /** OpenAI's chat completions; the next ones too, with differences. */
    OPENAI, DEEPSEEK, GROQ, MISTRAL, QWEN, OPENROUTER, XAI, OLLAMA,
    /** Any other server of the dialect: vLLM, llama.cpp, SGLang, LM Studio, the simulator. */
    OPENAI_COMPATIBLE,
    /** Anthropic's Messages. */
    ANTHROPIC,
    /** AWS Bedrock's Converse. */
    BEDROCK
}

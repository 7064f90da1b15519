package dev.penstock.schemas.catalog;

/** The dialects that Penstock speaks. All of these are OpenAI's chat completions, with differences. */
public enum ProviderKind {
    OPENAI, DEEPSEEK, GROQ, MISTRAL, QWEN, OPENROUTER, XAI, OLLAMA,
    /** Any other server of the dialect: vLLM, llama.cpp, SGLang, LM Studio, the simulator. */
    OPENAI_COMPATIBLE
}

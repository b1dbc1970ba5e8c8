"""A scripted chat model behind OpenAI's chat completions: fixed rules, no AI, no network.

It exists so that a chat over Notion's tools can be shown and tested offline. It
takes plain English requests apart (`understanding`), decides on the next tool
call from the results so far (`planning`) and writes its answers from
what the tools returned (`writing`).

What a tool returned is data. Only what the user typed is ever looked at for
requests, so that no page can ask for anything.
"""

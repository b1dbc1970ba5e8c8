import "server-only";

import { APICallError, InvalidToolInputError, NoSuchToolError, RetryError } from "ai";
import { ToolFailure } from "@/lib/ai/tools/toolset";
import { chatProblem } from "@/lib/chat/failures";
import { type Problem, problem } from "@/lib/problems";
import { GatewayError } from "@/lib/server/gateway";

/** Whatever ends an answer or a tool call, in words for a person. */
export function failure(fault: unknown): Problem {
  if (fault instanceof GatewayError || fault instanceof ToolFailure) return fault.problem;
  if (RetryError.isInstance(fault)) return failure(fault.lastError);
  if (APICallError.isInstance(fault)) return modelFailure(fault);
  if (NoSuchToolError.isInstance(fault)) {
    return chatProblem("tool_missing", 404, { detail: `The model asked for ${fault.toolName}.` });
  }
  if (InvalidToolInputError.isInstance(fault)) {
    return chatProblem("model_refused", 502, {
      detail: `The model called ${fault.toolName} with arguments that do not fit.`,
    });
  }
  if (fault instanceof Error && fault.name === "AbortError") return chatProblem("cancelled", 499);
  console.error("the chat failed", fault instanceof Error ? fault.stack : typeof fault);
  return problem("internal", 500);
}

/** Nothing of the service's body is shown: it may quote the key, or the conversation. */
function modelFailure({ statusCode }: APICallError): Problem {
  const detail = statusCode === undefined ? null : `The model's service answered ${statusCode}.`;
  if (statusCode === undefined || statusCode >= 500 || statusCode === 408) {
    return chatProblem("model_unreachable", 502, { detail });
  }
  if (statusCode === 429) return chatProblem("model_busy", 429, { detail });
  if ([401, 403, 404].includes(statusCode))
    return chatProblem("model_key_refused", 502, { detail });
  return chatProblem("model_refused", 502, { detail });
}

/** As a stream's error text: the browser reads the problem from it. */
export const failureText = (fault: unknown): string => JSON.stringify(failure(fault));

import { callApi } from "@/lib/call-api";
import type { Problem } from "@/lib/problems";

/** A problem, for libraries in which a failure has to be thrown. */
export class Refused extends Error {
  override name = "Refused";
  constructor(readonly problem: Problem) {
    super(problem.title);
  }
}

/** What one of this site's routes answers. Raises Refused. */
export async function ask<T>(path: string): Promise<T> {
  const answer = await callApi<T>(path);
  if (!answer.ok) throw new Refused(answer.problem);
  return answer.value;
}

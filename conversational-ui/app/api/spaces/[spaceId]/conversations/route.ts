import { runningAnswers } from "@/lib/answers/running-answers";
import { deleteConversations, listConversations } from "@/lib/server/conversations";
import { identifier, route } from "@/lib/server/route";

interface Params {
  spaceId: string;
}

/** The signed-in person's own, page by page; ``words`` that are in them. */
export const GET = route<Params>(({ request, person, params }) => {
  const asked = new URL(request.url).searchParams;
  const query: Record<string, string> = { limit: "500" };
  for (const name of ["before", "words"]) {
    const value = asked.get(name);
    if (value) query[name] = value;
  }
  return listConversations(person, identifier(params.spaceId, "spaceId"), query, request.signal);
});

/** All of the signed-in person's own in this space, and no more is written in any of them. */
export const DELETE = route<Params>(({ person, params }) => {
  const spaceId = identifier(params.spaceId, "spaceId");
  runningAnswers().stopAll({ userId: person.userId, spaceId });
  return deleteConversations(person, spaceId);
});

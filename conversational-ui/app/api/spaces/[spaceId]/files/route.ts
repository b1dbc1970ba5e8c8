import { policySchema } from "@/lib/ai/schemas";
import { uploadFile } from "@/lib/ai/tools/upload_file";
import { fileNameOf, MOST_BYTES, refusalOf } from "@/lib/chat/attachments";
import { BadRequest, identifier, route } from "@/lib/server/route";

/** What a form has around its file: boundaries, and the person's choices for tools. */
const ENVELOPE_BYTES = 256 * 1024;

/** Puts a file into Notion: a form with ``file``, and ``policy`` as JSON. Leaving cancels it. */
export const POST = route<{ spaceId: string }>(
  async ({ request, person, params }) => {
    const spaceId = identifier(params.spaceId, "spaceId");
    // Nothing is read that does not say how long it is.
    const length = Number(request.headers.get("content-length") ?? Number.NaN);
    if (!(length <= MOST_BYTES + ENVELOPE_BYTES)) throw new BadRequest("The file is too large.");
    const form = await request.formData().catch(() => null);
    const given = form?.get("file");
    if (!(given instanceof File)) throw new BadRequest("file is missing.");
    const file = new File([given], fileNameOf(given.name));
    const refusal = refusalOf(file);
    if (refusal) throw new BadRequest(refusal);
    const policy = policySchema.safeParse(json(form?.get("policy")));
    if (!policy.success) throw new BadRequest("policy is malformed.");
    return { id: await uploadFile(person, spaceId, file, policy.data, request.signal) };
  },
  { status: 201 },
);

function json(value: unknown): unknown {
  try {
    return JSON.parse(String(value));
  } catch {
    return undefined;
  }
}

/** Files that can be put into Notion from the chat: which, and how large. */
export const MOST_BYTES = 8 * 1024 * 1024;

/** By the end of its name; what a browser says of a file is not asked. */
const TYPES: Record<string, string> = {
  csv: "text/csv",
  gif: "image/gif",
  jpeg: "image/jpeg",
  jpg: "image/jpeg",
  json: "application/json",
  md: "text/markdown",
  mp3: "audio/mpeg",
  mp4: "video/mp4",
  pdf: "application/pdf",
  png: "image/png",
  docx: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
  pptx: "application/vnd.openxmlformats-officedocument.presentationml.presentation",
  txt: "text/plain",
  wav: "audio/wav",
  webp: "image/webp",
  xlsx: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
};

/** For a file chooser. */
export const ACCEPTED = Object.keys(TYPES)
  .map((ending) => `.${ending}`)
  .join(",");

/** Null where files of that name are not taken. */
export function typeOf(name: string): string | null {
  const ending = /\.([a-z0-9]+)$/i.exec(name)?.[1]?.toLowerCase() ?? "";
  return Object.hasOwn(TYPES, ending) ? (TYPES[ending] ?? null) : null;
}

/** Why a file cannot be put into Notion, and what can; null where it can. */
export function refusalOf({ name, size }: { name: string; size: number }): string | null {
  if (typeOf(name) === null) {
    return `Files of this kind are not taken. These are: ${Object.keys(TYPES).join(", ")}.`;
  }
  if (size > MOST_BYTES) return `It has ${sizeIn(size)}; ${sizeIn(MOST_BYTES)} are the most.`;
  return size === 0 ? "It is empty." : null;
}

export const sizeIn = (bytes: number): string =>
  bytes < 1000_000
    ? `${Math.max(1, Math.round(bytes / 1000))} kB`
    : `${(bytes / 1000_000).toFixed(1)} MB`;

/** A name without a path, or characters that nobody sees; its end stays. */
export function fileNameOf(name: string): string {
  const bare = (name.split(/[\\/]/).at(-1) ?? "").replace(/[\p{Cc}\p{Cf}"]+/gu, "").trim();
  const dot = bare.lastIndexOf(".");
  return dot < 0 ? bare.slice(0, 80) : bare.slice(0, Math.min(dot, 80)) + bare.slice(dot);
}

/** The tool that says where a file is to be sent. */
export const UPLOAD_TOOL = "notion-create-file-upload";

/** What it is given. */
export const uploadArguments = (name: string) => ({
  filename: name,
  content_type: typeOf(name) ?? "application/octet-stream",
});

/** Where a file is sent, once: as the tool says. */
export interface Upload {
  id: string;
  url: string;
  headers: Record<string, string>;
}

const HEADER = /^[A-Za-z0-9-]{1,64}$/;
/** What belongs to the request itself. */
const OWN = /^(host|content-.*|cookie|connection|transfer-encoding|expect|te|upgrade)$/i;

/** Null where the answer does not say it, or names an address that is not Notion's. */
export function uploadIn(data: unknown, notion: URL): Upload | null {
  const given = (data ?? {}) as Record<string, unknown>;
  const { file_upload_id: id, upload_url: url, upload_headers: headers } = given;
  if (typeof id !== "string" || !/^[A-Za-z0-9-]{1,64}$/.test(id)) return null;
  if (typeof url !== "string" || !isNotions(url, notion)) return null;
  const sent = Object.entries((headers ?? {}) as Record<string, unknown>).filter(
    (one): one is [string, string] =>
      HEADER.test(one[0]) && !OWN.test(one[0]) && typeof one[1] === "string",
  );
  return { id, url, headers: Object.fromEntries(sent) };
}

/**
 * Whether files may be sent there: to where Notion's MCP server is, or over https to one of Notion's
 * hosts. An answer must not have this site's server send anything to anybody else.
 */
function isNotions(address: string, notion: URL): boolean {
  const url = URL.parse(address);
  if (!url || url.username || url.password) return false;
  if (url.origin === notion.origin) return true;
  const known = ["notion.com", "notion.so"].some(
    (host) => url.hostname === host || url.hostname.endsWith(`.${host}`),
  );
  return known && url.protocol === "https:" && url.port === "";
}

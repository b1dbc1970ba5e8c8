import { describe, expect, it } from "vitest";
import { fileNameOf, MOST_BYTES, refusalOf, typeOf, uploadIn } from "@/lib/chat/attachments";

describe("a file", () => {
  it("is taken by its name and its size, and refused in words", () => {
    expect(typeOf("Plan.PDF")).toBe("application/pdf");
    expect(["run.exe", "page.html", "a.svg", "pdf", ".", "x.constructor"].map(typeOf)).toEqual(
      Array(6).fill(null),
    );
    expect(refusalOf({ name: "a.pdf", size: MOST_BYTES })).toBeNull();
    expect(refusalOf({ name: "a.pdf", size: MOST_BYTES + 1 })).toBe(
      "It has 8.4 MB; 8.4 MB are the most.",
    );
    expect(refusalOf({ name: "a.exe", size: 1 })).toMatch(/not taken.*pdf/);
    expect(refusalOf({ name: "a.txt", size: 0 })).toBe("It is empty.");
  });

  it("has a name without a path, and keeps its end", () => {
    expect(fileNameOf("../../etc/pass\r\nwd.txt")).toBe("passwd.txt");
    expect(fileNameOf('C:\\temp\\"a"\u202etxt.pdf')).toBe("atxt.pdf");
    expect(fileNameOf(`${"x".repeat(300)}.pdf`)).toBe(`${"x".repeat(80)}.pdf`);
  });
});

describe("where a file is sent", () => {
  const notion = new URL("https://mcp.notion.com/mcp");
  const told = (url: string, headers: unknown = {}) =>
    uploadIn({ file_upload_id: "a-1", upload_url: url, upload_headers: headers }, notion);

  it("is Notion, with the headers that it gave", () => {
    const url = "https://api.notion.com/v1/file_uploads/a-1/send";
    const given = {
      Authorization: "Bearer x",
      Host: "evil",
      "Content-Length": "1",
      "a b": "c",
      n: 1,
    };
    expect(told(url, given)).toEqual({ id: "a-1", url, headers: { Authorization: "Bearer x" } });
    expect(told("https://mcp.notion.com/upload")).not.toBeNull();
  });

  it("is where the MCP server is, be that the simulated one", () => {
    const simulated = new URL("http://localhost:8010/mcp");
    const data = { file_upload_id: "a-1", upload_url: "http://localhost:8010/file-uploads/a-1" };
    expect(uploadIn(data, simulated)).not.toBeNull();
    expect(uploadIn(data, notion)).toBeNull();
  });

  it.each([
    "http://api.notion.com/x",
    "https://notion.com.evil.example/x",
    "https://api.notion.com:8443/x",
    "https://a:b@api.notion.com/x",
    "http://169.254.169.254/latest",
    "file:///etc/passwd",
    "",
  ])("is never %s", (url) => {
    expect(told(url)).toBeNull();
  });

  it("is nowhere where the answer says nothing of it", () => {
    expect(
      [undefined, null, {}, { upload_url: "https://api.notion.com/" }].map((data) =>
        uploadIn(data, notion),
      ),
    ).toEqual(Array(4).fill(null));
  });
});

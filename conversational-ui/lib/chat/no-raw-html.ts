/**
 * In the place of rehype-raw, which streamdown brings along and the chat does not use: HTML in an
 * answer is never parsed, and the HTML parser (35 kB as transferred) is never loaded.
 */
export default function noRawHtml() {
  return () => {};
}

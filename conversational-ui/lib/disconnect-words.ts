/** What is said after a disconnect. */
export const DISCONNECTED = {
  title: "Notion is disconnected",
  detail: "The stored tokens are deleted.",
};
export const NOT_TOLD = {
  title: "Disconnected here, but Notion could not be told",
  detail: "Remove the connection in Notion's settings under Connections as well.",
  tone: "bad",
} as const;

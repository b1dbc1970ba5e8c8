/** What the browser may know of the model. */
export interface ModelInfo {
  name: string;
  /** The simulator's: it follows rules and understands nothing, and the page says so. */
  scripted: boolean;
}

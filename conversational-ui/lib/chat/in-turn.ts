const underWay = new Map<string, Promise<unknown>>();

/** Of each conversation one telling of the gateway after the other, and none while it is deleted. */
export function inTurn<T>(id: string, telling: () => Promise<T>): Promise<T> {
  const told = (underWay.get(id) ?? Promise.resolve()).then(telling);
  underWay.set(
    id,
    told.catch(() => {}),
  );
  return told;
}

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

/** As ``inTurn``, of all of which anything was told, and of ``ids``. */
export function inTurnOfAll<T>(ids: readonly string[], telling: () => Promise<T>): Promise<T> {
  // Two of these take their turns in one order, so that neither waits for the other.
  const all = [...new Set([...underWay.keys(), ...ids])].toSorted();
  return all.reduce((inner, id) => () => inTurn(id, inner), telling)();
}

// The ARM id of a connection, taken apart.

/** `undefined`: it is no such id. `cluster`: the ARM id of its cluster. */
export function parseLinkerId(id: string): { readonly id: string; readonly cluster: string; readonly name: string } | undefined {
  const [, cluster, name] = /^(\/subscriptions\/.+)\/providers\/Microsoft\.ServiceLinker\/linkers\/([^/]+)$/i.exec(id) ?? []
  return cluster === undefined || name === undefined ? undefined : { id, cluster, name }
}

// Paths that several routes share, as OpenAPI writes them.

export const cluster =
  '/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.ContainerService/managedClusters/{cluster}' as const
export const linkers = `${cluster}/providers/Microsoft.ServiceLinker/linkers` as const
export const dryruns = `${cluster}/providers/Microsoft.ServiceLinker/dryruns` as const
export const operations = '/subscriptions/{subscription}/providers/Microsoft.ServiceLinker/locations/{location}' as const

// The ways in which the pods of a connection sign in to their target. What each of them needs is in src/auth/.

export const auths = ['workload-identity', 'secret', 'service-principal', 'csi'] as const
export type Auth = (typeof auths)[number]

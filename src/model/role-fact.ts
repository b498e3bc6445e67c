/** How the facts of an identity name a role on a target. */
export const roleFact = (roleId: string, scope: string): string => `${roleId}@${scope}`.toLowerCase()

// What is known of servers of databases that do not let the app in: facts of an identity's loop, by the ARM id of the server in lower case. The step assign-roles
// says where it was shut out, and admit-app where it has let the app in.

/** `since`: of this try, or when it was given up. `despite`: the addresses whose rules did not help; nothing is opened for them again for a while. */
export type ShutOut = { readonly since: number; readonly despite?: string }
/** When the rules were there. `useless`: the server has no rules, or they have no effect. */
export type LetIn = { readonly at: number; readonly useless?: true }

export type AdmissionFacts = {
  readonly shutOut?: Readonly<Record<string, ShutOut>>
  /** Stays when the rules are gone, until the next ones are there. */
  readonly letIn?: Readonly<Record<string, LetIn>>
}

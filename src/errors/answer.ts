// The one reader of what services answer: ARM, Kubernetes, Table Storage, Key Vault, by their SDKs or raw. An answer counts only if it has the form that
// was asked for. Anything else is unknown: it proves neither that something is there, nor that it is gone, nor that it was written. Gateways, captive
// portals and services that are unwell answer 200 with an empty body, `{}`, a page of HTML, a 404 of their own, or a redirect to somewhere.
import { Failure } from './failure.ts'

/** Worth another try, as a server error is. Nothing of the answer is repeated: it may hold anything. */
export const notUnderstood = (doing: string, wrong: string, status?: number): Failure =>
  new Failure({
    class: 'transient',
    code: 'AnswerNotUnderstood',
    about: { doing, wrong, status: status === undefined ? 'a success' : String(status) },
    ...(status === undefined ? {} : { status }),
  })

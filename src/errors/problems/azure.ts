// What Azure Resource Manager, Entra ID or the network path to them answer.

import { links, pages, type Rows } from './row.ts'

export const azureRows = {
  NotFound: {
    kind: 'fault',
    text: 'Azure did not find what is needed to {doing}: {message}',
    cause: 'It was deleted in the meantime, or was just created and is not visible everywhere yet.',
    remediation: 'No action is needed; the app looks for it again.',
    link: links.armErrors,
  },
  NotKnownYet: {
    kind: 'fault',
    text: 'A new identity is not known everywhere yet: {doing}.',
    cause: 'Entra ID replicates a new principal to all regions within minutes: {message}',
    remediation: 'No action is needed; the app tries again.',
    link: links.rbacTroubleshooting,
  },
  AlreadyThere: {
    kind: 'fault',
    text: 'It already exists: {doing}. {message}',
    cause: 'It was created by something other than the app, so the app does not own it and never deletes it.',
    remediation: 'No action is needed.',
    ...pages.how,
  },
  Busy: {
    kind: 'fault',
    text: 'Another operation is in progress: {doing} has to wait.',
    cause: '{message}',
    remediation: 'No action is needed; the app tries again when the operation may have ended.',
    link: links.armErrors,
  },
  Stale: {
    kind: 'fault',
    text: 'It changed while the app was about to {doing}.',
    cause: "Another writer changed it between the app's read and its write; nothing was overwritten.",
    remediation: 'No action is needed; the app reads it again.',
    link: links.armErrors,
  },
  Throttled: {
    kind: 'fault',
    text: 'Azure throttles the app: {doing} has to wait.',
    cause: 'Too many requests in a short time, from this app or from others in the subscription.',
    remediation: 'No action is needed; the app continues when Azure allows it.',
    link: links.throttling,
  },
  NoAnswer: {
    kind: 'fault',
    text: 'No answer to: {doing}. {message}',
    cause: 'The connection was refused, broke or timed out.',
    remediation: 'The app tries again with growing pauses. If this continues, check the network and the proxy of the app.',
    link: links.armErrors,
  },
  AnswerNotUnderstood: {
    kind: 'fault',
    text: 'The service never answers like this: {doing}. The answer has status {status}, and {wrong}.',
    cause:
      'A gateway or proxy answered in place of the service, or the service is unhealthy. The app draws no conclusion from such an answer.',
    remediation:
      'The app tries again with growing pauses. If this continues, check the network and the proxy of the app, and the health of the service.',
    link: links.armErrors,
  },
  ServerError: {
    kind: 'fault',
    text: 'Azure failed with an internal error: {doing}. {message}',
    cause: 'The service answered {status}.',
    remediation: 'The app tries again with growing pauses. If this continues, check the health of the service.',
    link: 'https://status.azure.com',
  },
  NoToken: {
    kind: 'fault',
    text: 'The app could not sign in to Azure: {message}',
    cause: "The app's managed identity is missing or disabled, or Entra ID did not accept it.",
    remediation: 'Check that the app has a managed identity; for a user-assigned one AZURE_CLIENT_ID must name it.',
    link: links.managedIdentity,
  },
  TokenRefused: {
    kind: 'fault',
    text: "The service does not accept the app's token: {doing}. {message}",
    cause: "The app signed in, but this service refuses its token: it may not know the app's identity yet, or belong to another tenant.",
    remediation: "The app tries again with growing pauses. If this continues, check that the service trusts the app's tenant.",
    link: links.armErrors,
  },
  Refused: {
    kind: 'fault',
    text: 'Azure refused: {doing}. {answer}: {message}',
    cause: 'The request is not valid for this resource in its current state.',
    remediation: 'Read what Azure says. If it does not fit your resources, report it as a bug of this app.',
    link: links.armErrors,
  },
  OperationFailed: {
    kind: 'fault',
    text: 'An Azure operation failed: {doing}. {answer}: {message}',
    cause: 'Azure accepted the change and could not complete it.',
    remediation: 'The app plans it again with growing pauses. Read what Azure says.',
    link: links.armErrors,
    words: (about) => ({ answer: about.answer ?? about.code ?? 'no code' }),
  },
  OperationSlow: {
    kind: 'fault',
    text: 'An Azure operation has been running since {since}: {what}.',
    cause: 'Azure accepted the change and has not reported its end yet.',
    remediation:
      'Check the activity log of the resource. The app continues when the operation ends; if it never does, the app starts it again.',
    link: links.asyncOperations,
  },
  OperationEndless: {
    kind: 'fault',
    text: 'An Azure operation did not end, and the app no longer waits for it: {what}, started at {since}.',
    cause: 'Azure accepted the change and never reported its end.',
    remediation:
      'No action is needed; the app makes the change once more. If this repeats, ask Azure support and give the correlation id from the activity log of the resource.',
    link: links.asyncOperations,
  },
} as const satisfies Rows

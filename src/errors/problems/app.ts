// What is due to the app itself: its limits, its table, its configuration, its mistakes.

import { pages, type Rows } from './row.ts'

export const appRows = {
  CallersShareUsedUp: {
    kind: 'fault',
    text: 'The app has used up what it may read on behalf of callers for now.',
    cause: 'Callers get a share of the requests that Azure allows the app, so that reading cannot hold up connections.',
    remediation: 'Ask again after the time in Retry-After, with fewer connections in one request.',
    ...pages.http,
  },
  StoreBusy: {
    kind: 'fault',
    text: 'The app could not {doing}: other writers kept changing the same row of its table.',
    cause: 'Many writes arrived at once, or the table refuses writes at the moment.',
    remediation: 'No action is needed; the app tries again. A caller should repeat the request after the time in Retry-After.',
    ...pages.how,
  },
  ReportOnly: {
    kind: 'change',
    text: 'Something differs and is left as it is, because {step} only reports: {changes}.',
    cause: 'The installation is configured to report what this step would change, or the app lacks the right to change it.',
    remediation: 'Make the change by hand, or configure the step to apply.',
    ...pages.permissions,
  },
  Paused: {
    kind: 'fault',
    text: '{name} is paused: the app looks, and writes nothing for it.',
    cause:
      'Its author paused it. Nothing is created, repaired or deleted for it, neither in Azure nor in the cluster, but for its published status.',
    remediation: 'When it may go on: sc resume, paused: false over HTTP, or leave paused=on out of the tag.',
    ...pages.http,
  },
  HeldBack: {
    kind: 'change',
    text: 'Something differs and is left as it is, because {name} is paused: {changes}.',
    cause: 'Its author paused the connection; what connections that are not paused need is still done.',
    remediation: 'Resume the connection, and the app makes the change; or make it by hand.',
    ...pages.http,
  },
  InternalError: {
    kind: 'fault',
    text: 'An error in the app itself prevented it from completing this: {doing} ({kind}).',
    cause: 'This is a bug in the app. Your declaration, your cluster and Azure need not be at fault.',
    remediation:
      'The app tries again with growing pauses. Its log holds the place in the code under the event "own mistake": include it in a bug report.',
    ...pages.how,
  },
  Unexpected: {
    kind: 'fault',
    text: 'An unexpected error occurred: {doing}. {message}',
    cause: 'The app does not know this error.',
    remediation: 'The app tries again with growing pauses. If this continues, report it as a bug, with the time and this text.',
    ...pages.how,
  },
} as const satisfies Rows

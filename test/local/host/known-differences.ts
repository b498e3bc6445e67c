// Everything in which the embedded host is known to differ from the recorded real one, with the reason.
//
// Times may be five seconds apart: a recording is one run on one machine, and so is a test. A difference that is not listed here fails the test, and so does a line that nothing differs in any more, unless it is marked as
// depending on speed.

export type KnownDifference = {
  readonly scenarios: readonly string[]
  /** Matches the place of the difference, e.g. `.steps[3].answer.status`. */
  readonly where: RegExp
  readonly why: string
  /** The recorded host was slow at something, and this one may or may not be. */
  readonly dependsOnSpeed?: true
}

const everything = /^/

/** Not replayed at all. */
export const notReplayed: Readonly<Record<string, string>> = {
  'killed-while-activities-run': 'takes five minutes of real time; crash.test.ts does it with a short visibility timeout',
  'stopped-while-activities-run':
    'takes five minutes; a regular stop of the embedded host loses no message, so an orchestration goes on at once after the start',
  'timer-past-due': 'takes two minutes of real time; timers.test.ts does it in virtual time',
}

export const knownDifferences: readonly KnownDifference[] = [
  {
    scenarios: [
      'child',
      'child-inputs',
      'child-outputs',
      'child-with-id',
      'failing-child',
      'failing-child-escapes',
      'failing-child-with-retry',
      'unknown-child',
    ],
    where: everything,
    why: 'sub-orchestrations are left out on purpose: the parent fails with a text that says so',
  },
  { scenarios: ['purge'], where: /^\.steps\[12\]/, why: 'looks at a child, and sub-orchestrations are left out' },
  { scenarios: ['purge'], where: /instancesDeleted$/, why: 'the recorded host had the instances of earlier scenarios too' },
  { scenarios: ['restart', 'rewind'], where: everything, why: 'restart and rewind are left out on purpose: 501 with a text that says so' },
  {
    scenarios: ['client'],
    where: /^\.steps\[2[01]\]\.answer\.body\.json\.threw|^\.inputs\.clientRewind\[[01]\]\.returnValue/,
    why: 'rewind is left out on purpose',
  },
  {
    scenarios: ['client'],
    where: /^\.episodes\.@at\.history/,
    why: 'the recorded host had an instance @at of an earlier run, so its generation is 1',
  },
  {
    scenarios: ['orchestrator-inputs', 'event-payloads'],
    where: /(?:-comment\b|^\.steps\[44\]\.timedOut)/,
    why: 'JSON with comments half-works on a real host (500 afterwards, or a failed orchestration); here it just works',
  },
  {
    scenarios: ['event-payloads'],
    where: /payload-wholeDecimal\..*(?:Input|history\[\d\])$/,
    why: 'a number loses its ".0" in the stored text, which JavaScript cannot tell apart',
  },
  {
    scenarios: ['start-unknown-names'],
    where: /^\.steps\[[46]\]\.answer\.body\.json\.output$/,
    why: 'the known names are listed in another order',
  },
  {
    scenarios: ['host-endpoints', 'http-routes', 'http-empty-route-prefix'],
    where: /^\.steps\[(?:0|6|25)\]\.answer\.(?:headers\.content-length|body\.text)$/,
    why: 'the root page is a short one',
  },
  {
    scenarios: ['host-endpoints', 'timer-admin-call'],
    where: /^\.steps\[(?:2|4|10)\]\.answer\.body\.json\./,
    why: 'the admin API describes host and functions without file paths, process data and portal fields',
  },
  {
    scenarios: ['start-keys'],
    where: /headers\.content-length$/,
    why: 'addresses are as long as the port number, and the placeholder hides the port only in the body',
  },
  {
    scenarios: ['start-keys', 'start-duplicates', 'status-answers'],
    where: /^\.steps\[\d\]\.answer\.(?:status|headers\.(?:location|retry-after)|body\.json\.(?:runtimeStatus|output|Message))$/,
    why: 'a start is picked up at once here, so that Pending is hardly ever seen',
    dependsOnSpeed: true,
  },
  {
    scenarios: ['late-activity', 'orchestrator-throws', 'orchestrator-outputs', 'timer-at-startup', 'client'],
    where: /(?:Time|Timestamp|Last|LastUpdated)$/,
    why: 'the recorded host took seconds to start, or to pick up a message',
    dependsOnSpeed: true,
  },
]

// What may be repeated of a text whose author has seen a secret: the phrases of this list, and nothing else. A refusal can contain the secret in any
// form (as Go prints bytes, in truncated base64, in another alphabet), so no search for it is ever complete; phrases written here cannot contain it.
// They are worded so that the tables of errors/ recognize them.

const phrases: readonly (readonly [RegExp, string])[] = [
  // The extension of Service Connector, Helm and the job in the cluster
  [/node pools? in the cluster are "?CriticalAddonsOnly"? tainted/i, 'node pools in the cluster are "CriticalAddonsOnly" tainted'],
  [/ImagePullBackOff/i, 'ImagePullBackOff'],
  [/ErrImagePull/i, 'ErrImagePull'],
  [/Failed to pull (?:and unpack )?image/i, 'Failed to pull image'],
  [/Unable to download the Helm chart from the repo URL/i, 'Unable to download the Helm chart from the repo URL'],
  [/Operation is already in progress for Helm/i, 'Operation is already in progress for Helm'],
  [/Helm chart rendering failed with given values/i, 'Helm chart rendering failed with given values'],
  [/Resource already exists in your cluster/i, 'Resource already exists in your cluster'],
  [/Timed out waiting for (?:the )?resource (?:readiness|to come to a ready)/i, 'Timed out waiting for resource readiness'],
  [/BackoffLimitExceeded/i, 'job failed: BackoffLimitExceeded'],
  [/DeadlineExceeded/i, 'DeadlineExceeded'],
  [/Unable to get a response from the agent in time/i, 'Unable to get a response from the agent in time'],
  [/Unable to get the status from the local CRD/i, 'Unable to get the status from the local CRD'],
  [/Operation returned an invalid status code:? '?Conflict/i, 'Operation returned an invalid status code: Conflict'],
  [/resources is no base64/i, 'resources is no base64'],
  // Azure Resource Manager
  [/The subscription is not registered to use namespace/i, 'The subscription is not registered to use namespace'],
  [/You do not have permission to perform/i, 'You do not have permission to perform it'],
  [/does not have authorization to perform action/i, 'the client does not have authorization to perform the action'],
  [/\bRequestDisallowedByPolicy\b|was disallowed by policy/i, 'RequestDisallowedByPolicy'],
  [/\bScopeLocked\b|following scope\(s\) are locked/i, 'the scope is locked'],
  [/in[- ]progress|another operation|conflicting operation/i, 'another operation is in progress'],
  [/Power State\s*\(?Stopped/i, 'Power State (Stopped)'],
  // Kubernetes
  [/exceeded quota/i, 'exceeded quota'],
  [/field is immutable when `immutable` is set/i, 'field is immutable when `immutable` is set'],
  [/because it is being terminated|NamespaceTerminating/i, 'the namespace is being terminated'],
  [/a valid config key must consist of/i, 'a valid config key must consist of letters, digits, -, _ and .'],
  [/Too long: |must have at most|must be no more than/i, 'a value is too long'],
  [/Request entity too large|request is too large/i, 'the request is too large'],
  [/violates PodSecurity/i, 'violates PodSecurity'],
  [/failed calling webhook/i, 'failed calling webhook'],
  [/context deadline exceeded|i\/o timeout/i, 'no answer in time'],
  [/connection refused/i, 'connection refused'],
  [/x509: /i, 'a certificate is not trusted'],
  [/etcdserver: /i, 'the database of the cluster is unwell'],
]

/** The known phrases in `text`, in the order of the list. `namespaces`: the app's own namespaces, named if the text says that one does not exist. */
export function knownPhrases(text: string, namespaces: readonly string[] = []): readonly string[] {
  const found = phrases.filter(([pattern]) => pattern.test(text)).map(([, phrase]) => phrase)
  const missing = namespaces
    .filter((name) => text.includes(`namespaces "${name}" not found`))
    .map((name) => `namespaces "${name}" not found`)
  return [...found, ...missing]
}

export const notRepeated = 'What else was said is not repeated: it comes from where the secret was seen.'

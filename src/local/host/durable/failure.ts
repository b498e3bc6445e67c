// How a failed activity looks to its orchestrator: a .NET exception, serialized. JavaScript sees only text of the first error; its class, code and
// cause are lost. The form was taken from a recording, test/transcripts/scenarios/activity-failure-caught.json.

/** Parts of texts that look like credentials, hidden by the host in every error that it passes on. */
const tokens =
  'Token=|DefaultEndpointsProtocol=http|AccountKey=|Data Source=|Server=|Password=|pwd=|&amp;sig=|&sig=|\\?sig=|SharedAccessKey=|&amp;code=|&code=|\\?code=|key='
const credential = new RegExp(`(?:${tokens})[^<"']*`, 'gi')

const sanitized = (text: string): string => text.replace(credential, '[Hidden Credential]')

/** Whatever was thrown, as an error: text is its message, an object its JSON. */
export const asError = (thrown: unknown): Error => {
  if (thrown instanceof Error) return thrown
  // An app that was loaded by vitest or another realm throws errors of other classes.
  if (typeof thrown === 'object' && thrown !== null && 'message' in thrown && 'stack' in thrown) return thrown as Error
  return new Error(typeof thrown === 'string' ? thrown : JSON.stringify(thrown))
}

export type ActivityFailure = { readonly Reason: string; readonly Details: string }

export const activityFailure = (name: string, thrown: unknown): ActivityFailure => {
  const error = asError(thrown)
  const full = sanitized(error.message)
  // The host finds the end of the message by this mark, so a message that has it is cut there.
  const cut = full.indexOf('\nStack: ')
  const message = cut < 0 ? full : full.slice(0, cut)
  const stack = sanitized(error.stack ?? `Error: ${message}`)
  const hresult = -2146233088
  const details = {
    $type: 'System.Exception, System.Private.CoreLib',
    ClassName: 'System.Exception',
    Message: ` ${message}`,
    Data: null,
    InnerException: {
      $type: 'Microsoft.Azure.WebJobs.Script.Workers.Rpc.RpcException, Microsoft.Azure.WebJobs.Script',
      IsUserException: false,
      RemoteStackTrace: stack,
      RemoteMessage: message,
      RemoteTypeName: null,
      Message: `Result: Failure\nException: ${message}\nStack: ${stack}`,
      Data: { $type: 'System.Collections.ListDictionaryInternal, System.Private.CoreLib' },
      InnerException: null,
      HelpLink: null,
      Source: 'System.Private.CoreLib',
      HResult: hresult,
      StackTrace:
        '   at Microsoft.Azure.WebJobs.Script.Description.WorkerFunctionInvoker.InvokeCore(Object[] parameters, FunctionInvocationContext context)',
    },
    HelpURL: null,
    StackTraceString: null,
    RemoteStackTraceString: null,
    RemoteStackIndex: 0,
    ExceptionMethod: null,
    HResult: hresult,
    Source: null,
    WatsonBuckets: null,
  }
  return { Reason: `Activity function '${name}' failed:  ${message}`, Details: JSON.stringify(details) }
}

// The addresses of Durable's management API, as they appear in answers and in the durableClient binding.

export type Addresses = {
  /** `http://host/runtime/webhooks/durabletask`, without a slash at the end. */
  readonly base: string
  /** `taskHub=..&connection=..&code=..` */
  readonly query: string
}

/** .NET's HttpUtility.UrlEncode: a blank becomes '+'. */
export const encoded = (text: string): string => encodeURIComponent(text).replace(/'/g, '%27').replace(/%20/g, '+')

export const managementAddresses = ({ base, query }: Addresses, id: string, withRewind: boolean) => {
  const instance = `${base}/instances/${id === 'INSTANCEID' ? id : encoded(id)}`
  return {
    id,
    statusQueryGetUri: `${instance}?${query}`,
    sendEventPostUri: `${instance}/raiseEvent/{eventName}?${query}`,
    terminatePostUri: `${instance}/terminate?reason={text}&${query}`,
    ...(withRewind ? { rewindPostUri: `${instance}/rewind?reason={text}&${query}` } : {}),
    purgeHistoryDeleteUri: `${instance}?${query}`,
    restartPostUri: `${instance}/restart?${query}`,
    suspendPostUri: `${instance}/suspend?reason={text}&${query}`,
    resumePostUri: `${instance}/resume?reason={text}&${query}`,
  }
}

/** What a `durableClient` input binding hands to the function (OrchestrationClientInputData). */
export const clientBinding = (hubName: string, host: string, rpcBaseUrl: string, systemKey: string) => {
  const base = `https://${host}/runtime/webhooks/durabletask`
  const query = `taskHub=${hubName}&connection=Storage&code=${systemKey}`
  const create = `${base}/orchestrators/{functionName}[/{instanceId}]`
  return {
    taskHubName: hubName,
    connectionName: null,
    creationUrls: {
      createNewInstancePostUri: `${create}?code=${systemKey}`,
      createAndWaitOnNewInstancePostUri: `${create}?timeout={timeoutInSeconds}&pollingInterval={intervalInSeconds}&code=${systemKey}`,
    },
    managementUrls: managementAddresses({ base, query }, 'INSTANCEID', true),
    baseUrl: base,
    requiredQueryStringParameters: `code=${systemKey}`,
    rpcBaseUrl,
    httpBaseUrl: null,
    maxGrpcMessageSizeInBytes: null,
    grpcHttpClientTimeout: null,
  }
}

// What Azure says about the Service Connector extension on a cluster: for a diagnosis, in place of the manual checks of Azure Service Connector's
// troubleshooting page (https://learn.microsoft.com/azure/service-connector/how-to-use-service-connector-in-aks#troubleshoot-and-view-logs).

import { problemOfError } from '../errors/catalogue.ts'
import { failureOf } from '../errors/classify.ts'
import type { DiagnosticCheck } from '../model/diagnostic-check.ts'
import { extensionApi, extensionId, extensionName, extensionOf, isOurType, issueOf } from '../model/extension.ts'
import { knownPhrases, notRepeated } from '../model/phrases.ts'
import type { Arm } from '../ports/azure.ts'

const most = 20
const about = `extension ${extensionName}`

export async function extensionCheck(arm: Arm, clusterId: string): Promise<DiagnosticCheck> {
  const doing = `read the ${about}`
  try {
    const body = await arm.get(extensionId(clusterId), extensionApi)
    if (!body) return { about, state: 'absent', text: 'It is not installed: no object can be written through it.' }
    const extension = extensionOf(body)
    const lines = (extension.statuses ?? []).slice(0, most).map(({ level, message, time }) => {
      const [at = ''] = /^[0-9T:.Z-]{10,35}$/.exec(time ?? '') ?? []
      const [grade = ''] = /^(information|warning|error)$/i.exec(level ?? '') ?? []
      return [at, grade, ...knownPhrases(message ?? ''), notRepeated].filter((part) => part !== '').join(' · ')
    })
    const failed = issueOf(extension)
    const problem =
      failed === undefined
        ? undefined
        : problemOfError(failureOf({ body: { error: { message: failed } }, doing: 'apply a request to the extension' }), doing)
    return {
      about,
      state: extension.provisioningState === 'Succeeded' && isOurType(extension) && !problem ? 'well' : 'unwell',
      text: `It is ${extension.provisioningState ?? 'in no known state'}, of type ${extension.extensionType ?? 'unknown'}, version ${extension.currentVersion ?? extension.version ?? 'unknown'}.`,
      lines,
      ...(problem ? { problem } : {}),
    }
  } catch (error) {
    return { about, state: 'unknown', text: 'It could not be read.', problem: problemOfError(error, doing) }
  }
}

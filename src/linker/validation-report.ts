// The report of a validation in the form of Azure Service Connector's answer, which says everything twice: in fields, and as JSON in a message, which is
// all that clients of 2022-05-01 know.
import { authTypeOf } from '../auth/catalogue.ts'
import type { Connection } from '../model/connection.ts'
import type { Validation, ValidationItem } from './validation.ts'

const results: Readonly<Record<ValidationItem['result'], number>> = { success: 0, failure: 1, warning: 2 }

type Times = { readonly from: number; readonly to: number }

export function reportOf(self: Connection, { isAvailable, items }: Validation, { from, to }: Times, apiVersion: string): object {
  const times = { from: new Date(from).toISOString(), to: new Date(to).toISOString() }
  const { authType } = authTypeOf(self).wire
  const message = JSON.stringify({
    ConnectionName: self.name,
    IsConnectionAvailable: isAvailable,
    ValidationDetail: items.map(({ name, description, result, errorCode, errorMessage }) => ({
      Name: name,
      Description: description,
      Result: results[result],
      ...(errorCode === undefined ? {} : { ErrorCode: errorCode, ErrorMessage: errorMessage }),
    })),
    ReportStartTimeUtc: times.from,
    ReportEndTimeUtc: times.to,
    SourceId: null,
    TargetId: null,
    AuthType: authType,
  })
  return {
    [apiVersion === '2022-05-01' ? 'message' : 'Message']: message,
    linkerName: self.name,
    isConnectionAvailable: isAvailable,
    validationDetail: items,
    reportStartTimeUtc: times.from,
    reportEndTimeUtc: times.to,
    sourceId: null,
    targetId: null,
    authType,
  }
}

// GET …/daprConfigurations: which connections could be Dapr components. On AKS Azure Service Connector makes none, and neither does this app: the list is empty.
// https://learn.microsoft.com/rest/api/servicelinker/linkers/list-dapr-configurations
import type { HttpResponseInit } from '@azure/functions'
import { json } from '../http/answers.ts'

export const daprConfigurations = async (): Promise<HttpResponseInit> => json(200, { value: [] })

// Azure Resource Manager of the cloud that a service is in, by the name of its host: bodies of resources do not tell.

/** https://learn.microsoft.com/azure/azure-government/compare-azure-government-global-azure, https://learn.microsoft.com/azure/china/resources-developer-guide */
export function managementHost(endpoint: string): string {
  const { hostname } = new URL(endpoint)
  if (/\.(azure\.us|usgovcloudapi\.net)$/.test(hostname)) return 'https://management.usgovcloudapi.net'
  return hostname.endsWith('.azure.cn') ? 'https://management.chinacloudapi.cn' : 'https://management.azure.com'
}

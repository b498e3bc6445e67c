// The lines that `npm start` prints for people to paste, one a step. A test runs exactly these in a shell.

export type TryLine = { readonly name: string; readonly about: string; readonly line: string }

export type TryPlace = {
  readonly app: string
  readonly tools: string
  readonly proxy: string
  readonly caFile: string
  readonly subscription: string
}

const api = 'api-version=2024-04-01'

export function tryLines({ app, tools, proxy, caFile, subscription }: TryPlace): readonly TryLine[] {
  const group = `/subscriptions/${subscription}/resourceGroups/shop/providers`
  const all = [`${subscription}/*/*`]
  const policy = { allow: { clusters: all, targets: all, namespaces: ['*'], auth: ['*'], changeClusters: true } }
  const cluster = `${group}/Microsoft.ContainerService/managedClusters/shop`
  const linker = {
    properties: {
      targetService: { type: 'AzureResource', id: `${group}/Microsoft.Storage/storageAccounts/shopphotos/blobServices/default` },
      authInfo: { authType: 'secret' },
      scope: 'web',
    },
  }
  const tag = { 'connect-invoices': 'storage-blob:shopinvoices?namespace=orders' }
  const tags = (operation: 'Merge' | 'Delete'): string =>
    `curl -sS -X PATCH "https://management.azure.com$shop/providers/Microsoft.Resources/tags/default?api-version=2021-04-01" ` +
    `-H "$(as ada arm)" ${json({ operation, properties: { tags: tag } })}`
  const photos = `"$app$shop/providers/Microsoft.ServiceLinker/linkers/photos?${api}"`
  return [
    {
      name: 'tools',
      about: "Your tools' way into the simulated Azure in this terminal: it knows no other host. Then two short words.",
      line: `export HTTPS_PROXY=${proxy} CURL_CA_BUNDLE=${quoted(caFile)} REQUESTS_CA_BUNDLE=${quoted(caFile)} NODE_EXTRA_CA_CERTS=${quoted(caFile)}; app=${app}; shop=${cluster}`,
    },
    {
      name: 'as',
      about: 'Who calls: `as ada` for the connector, `as ada arm` for Azure.',
      line: `as() { echo "Authorization: Bearer $(curl -sS "${tools}/token?person=$1&for=\${2:-app}")"; }`,
    },
    {
      name: 'pretty',
      about: '',
      line: `pretty() { node -p 'JSON.stringify(JSON.parse(require("fs").readFileSync(0, "utf8")), null, 2)'; }`,
    },
    {
      name: 'policy',
      about: 'Nothing is allowed until a policy allows it.',
      line: `curl -sS -X PUT $app/policies/shop -H "$(as ada)" ${json(policy)}`,
    },
    {
      name: 'put',
      about: 'Connect the namespace web to the account shopphotos, with a connection string.',
      line: `curl -sS -X PUT ${photos} -H "$(as ben)" ${json(linker)}`,
    },
    {
      name: 'tag',
      about: 'Connect the namespace orders to shopinvoices, without any secret, by a tag on the cluster.',
      line: tags('Merge'),
    },
    { name: 'get', about: 'How far it is, step by step.', line: `curl -sS ${photos} -H "$(as ben)" | pretty` },
    { name: 'list', about: 'All connections.', line: `curl -sS $app/connections -H "$(as eve)" | pretty` },
    {
      name: 'sc',
      about: 'The same with the command line: in this repository, in this terminal.',
      line: `SC_APP=$app SC_CLUSTER=$shop SC_TOKEN=$(curl -sS "${tools}/token?person=ben&for=app"); export SC_APP SC_CLUSTER SC_TOKEN`,
    },
    { name: 'sc-show', about: '', line: 'npx sc show photos --watch' },
    {
      name: 'workload',
      about: 'A pod that uses the connection: it lists the containers of the account.',
      line: `curl -sS "${tools}/workload?cluster=shop&connection=invoices"`,
    },
    {
      name: 'kubeconfig',
      about: 'The same with kubectl, where you have it.',
      line: `curl -sS "${tools}/kubeconfig?cluster=shop&person=ada" > ${quoted(caFile.replace(/ca\.pem$/, 'kubeconfig'))}`,
    },
    {
      name: 'kubectl',
      about: '',
      line: `kubectl --kubeconfig ${quoted(caFile.replace(/ca\.pem$/, 'kubeconfig'))} get secrets,serviceaccounts -n orders`,
    },
    {
      name: 'delete',
      about: 'Disconnect: one over HTTP, one by taking the tag away (it waits half a minute, in case the tag comes back).',
      line: `curl -sS -i -X DELETE ${photos} -H "$(as ben)"`,
    },
    { name: 'untag', about: '', line: tags('Delete') },
  ]
}

/** curl takes the body as it stands, whatever is in it. */
const json = (body: object): string => `--json '${JSON.stringify(body)}'`

/** As a shell wants a path that may have spaces. */
const quoted = (path: string): string => (/^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`)

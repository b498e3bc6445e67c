// The Node that start and demo need: 24.5 has the first `https.Agent` that takes a proxy (`proxyEnv`), which the product's clients use.
// https://nodejs.org/docs/latest-v24.x/api/http.html#built-in-proxy-support

const needed = [24, 5] as const

/** What is wrong with this Node, and what to do. */
export function nodeProblem(version: string): string | undefined {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  if (major > needed[0] || (major === needed[0] && minor >= needed[1])) return undefined
  return (
    `This needs Node ${needed.join('.')} or newer, and was started with ${version}.\n` +
    'Run it as `npm start` or `npm run demo` after `npm ci`: these use the Node that npm installed into node_modules.'
  )
}

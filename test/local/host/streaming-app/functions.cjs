// An app that streams its requests, as `app.setup({ enableHttpStream: true })` makes it.
const { app } = require('@azure/functions')

app.setup({ enableHttpStream: true })
app.http('echo', {
  authLevel: 'anonymous',
  methods: ['POST'],
  route: 'things/{id}',
  handler: async (request) => ({ status: 201, jsonBody: { id: request.params.id, url: request.url, body: await request.text() } }),
})
app.http('shows', {
  authLevel: 'anonymous',
  route: 'shows/{*rest}',
  handler: (request, context) => ({
    jsonBody: {
      url: request.url,
      params: request.params,
      traceParent: context.traceContext.traceParent,
      invocationId: context.invocationId,
    },
  }),
})
app.http('failing', {
  authLevel: 'anonymous',
  handler: () => {
    throw new Error('thrown')
  },
})
app.http('ignoresBody', { authLevel: 'anonymous', methods: ['PUT'], handler: () => ({ status: 413, body: 'too much' }) })

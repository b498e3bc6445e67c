// A Web PubSub service; signalr-service.ts says what is surprising.
import { signalRService } from './signalr-service.ts'

export const webPubSub = signalRService({
  type: 'webpubsub',
  armName: 'WebPubSub',
  label: 'Web PubSub service',
  cli: 'webpubsub',
  requests: 'RESTAPI',
  notes: [],
})

using 'main.bicep'

param authClientId = '00000000-0000-0000-0000-000000000000' // the app registration, see README.md
param rights = ['clusters', 'keys', 'identities', 'roles', 'firewalls']
param subscriptions = ['00000000-0000-0000-0000-000000000000']
param codeIsPublished = false // true once the code is there

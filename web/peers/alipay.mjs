/**
 * Alipay's official client against the sandbox: `node alipay.mjs KEY_OR_CERTIFICATE < INSTRUCTIONS`.
 * Reads `{"keys", "exec": [[method, params], …], "notices": [{field: value}, …]}` and prints what came of each as JSON.
 * The client throws where an answer's signature does not hold.
 */
import { AlipaySdk } from 'alipay-sdk'

const mode = process.argv[2]
const chunks = []
for await (const chunk of process.stdin) chunks.push(chunk)
const asked = JSON.parse(Buffer.concat(chunks).toString('utf8'))
const { keys } = asked
const common = {
  appId: asked.app_id,
  privateKey: keys.app_private_key_pem,
  keyType: 'PKCS8',
  gateway: keys.gateway_url,
  camelcase: false,
}
const client = new AlipaySdk(
  mode === 'certificate'
    ? {
        ...common,
        appCertContent: keys.app_cert_pem,
        alipayPublicCertContent: keys.alipay_cert_pem,
        alipayRootCertContent: keys.alipay_root_cert_pem,
      }
    : { ...common, alipayPublicKey: keys.alipay_public_key_pem },
)

const answers = []
for (const [method, params, signed] of asked.exec ?? []) {
  answers.push(await client.exec(method, params, { validateSign: signed !== false }))
}
const believed = (asked.notices ?? []).map((fields) => client.checkNotifySignV2({ ...fields }))
console.log(JSON.stringify({ answers, believed }))

/**
 * npm `sm-crypto` against the sandbox's SM2 and SM4: `node sm.mjs < INSTRUCTIONS`.
 * Reads `{"public", "text", "signature", "key", "plain"}` (keys and signature in hex, the SM4 key too) and prints
 * `{"holds", "public", "signature", "der", "cipher"}`: whether the signature holds, and what this client makes itself.
 */
import sm from 'sm-crypto'

const chunks = []
for await (const chunk of process.stdin) chunks.push(chunk)
const asked = JSON.parse(Buffer.concat(chunks).toString('utf8'))
const keys = sm.sm2.generateKeyPairHex()
console.log(
  JSON.stringify({
    holds: sm.sm2.doVerifySignature(asked.text, asked.signature, asked.public, { hash: true }),
    public: keys.publicKey,
    signature: sm.sm2.doSignature(asked.text, keys.privateKey, { hash: true }),
    der: sm.sm2.doSignature(asked.text, keys.privateKey, { hash: true, der: true }),
    cipher: sm.sm4.encrypt(asked.plain, asked.key).toUpperCase(),
  }),
)

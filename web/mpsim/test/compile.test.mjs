import assert from 'node:assert/strict'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import test from 'node:test'
import { fileURLToPath } from 'node:url'
import { compile } from '../src/compile/index.mjs'
import { closingBraces, Findings, valueSource } from '../src/compile/expression.mjs'
import { browserCss, remoteAddresses } from '../src/compile/style.mjs'
import { makeSelfContained } from '../src/postbuild.mjs'

const TINY = fileURLToPath(new URL('./fixtures/tiny', import.meta.url))

/** A copy of the tiny program with some files replaced; `null` removes one. */
function changed(files) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'mpsim-test-'))
  fs.cpSync(TINY, folder, { recursive: true })
  for (const [file, text] of Object.entries(files)) {
    if (text === null) fs.rmSync(path.join(folder, file))
    else fs.writeFileSync(path.join(folder, file), text)
  }
  return folder
}

test('a sound program has no problems and is counted', () => {
  const { problems, counts } = compile(TINY)
  assert.deepEqual(problems, [])
  assert.deepEqual(counts, { modules: 5, templates: 3, styles: 1, expressions: 12, pages: 2 })
})

const FAULTS = {
  'a module that does not parse': [{ 'words.js': 'module.exports = {' }, /words\.js: Unexpected/],
  'an expression that does not compile': [
    { 'pages/detail/index.axml': '<view>{{a +}}</view>' },
    /bad expression \{\{a \+\}\}/,
  ],
  'an expression that never ends': [{ 'pages/detail/index.axml': '<view>{{a</view>' }, /unclosed/],
  'an unknown tag': [{ 'pages/detail/index.axml': '<veiw>a</veiw>' }, /<veiw> is neither built in/],
  'an unknown directive': [{ 'pages/detail/index.axml': '<view a:iff="{{1}}"/>' }, /unknown directive a:iff/],
  'a component that is not there': [
    { 'pages/home/index.json': '{"usingComponents":{"doctor-card":"/components/none"}}' },
    /doctor-card → components\/none is missing/,
  ],
  'a page without a script': [{ 'pages/detail/index.js': null }, /page pages\/detail\/index has no \.js/],
  'a font from a stranger': [
    { 'app.acss': '@font-face{src:url(//at.alicdn.com/t.ttf)}' },
    /app\.acss: loads from another host/,
  ],
}
for (const [name, [files, expected]] of Object.entries(FAULTS)) {
  test(`finds ${name}`, () => {
    const { problems } = compile(changed(files))
    assert.equal(problems.length, 1, problems.join('\n'))
    assert.match(problems[0], expected)
  })
}

test('a folder that is no build says so', () => {
  const empty = fs.mkdtempSync(path.join(os.tmpdir(), 'mpsim-empty-'))
  assert.match(compile(empty).problems[0], /no app\.json/)
  fs.rmdirSync(empty)
})

test('braces in strings and object literals do not end an expression', () => {
  assert.equal(closingBraces("{{ {a: '}}'} }}", 2), 13)
  assert.equal(closingBraces('{{a', 2), -1)
})

test('text around expressions is joined', () => {
  const findings = new Findings()
  const source = valueSource('a {{b}} c', 'x', findings)
  const run = new Function(`return ${source}`)()
  assert.equal(run({ b: 2, $text: String }), 'a 2 c')
  assert.equal(findings.expressions, 1)
})

test('styles become browser styles', () => {
  assert.equal(browserCss('page{width:10rpx}'), '.mp-page{width:calc(10 * 100vw / 750)}')
  assert.equal(browserCss('.page{a:b}.x button.big{c:d}'), '.page{a:b}.x mp-button.big{c:d}')
  assert.deepEqual(remoteAddresses('a{b:url(data:x)}'), [])
})

test('after the build nothing loads from another host', () => {
  const folder = changed({
    'app.acss':
      'page::after{position:fixed;content:"";animation:shadow-preload .1s}@-webkit-keyframes shadow-preload{0%{background-image:url(https://cdn.example/a.png)}100%{background-image:url(https://cdn.example/a.png)}}@keyframes shadow-preload{0%{background-image:url(https://cdn.example/a.png)}100%{background-image:url(https://cdn.example/a.png)}}.kept{color:red}',
    'pages/home/index.acss': "@font-face{src:url('//at.alicdn.com/t/c/font.woff2') format('woff2')}",
  })
  const modules = fs.mkdtempSync(path.join(os.tmpdir(), 'mpsim-test-'))
  fs.mkdirSync(path.join(modules, 'wot-design-uni/components/wd-icon'), { recursive: true })
  fs.writeFileSync(path.join(modules, 'wot-design-uni/components/wd-icon/wd-icons.ttf'), 'font')
  assert.deepEqual(makeSelfContained(folder, modules), [])
  assert.equal(fs.readFileSync(path.join(folder, 'app.acss'), 'utf8'), '.kept{color:red}')
  assert.match(fs.readFileSync(path.join(folder, 'pages/home/index.acss'), 'utf8'), /data:font\/ttf;base64,Zm9udA==/)
})

test('what is still foreign after the build is named', () => {
  const folder = changed({ 'app.acss': '.a{background:url(https://elsewhere.example/a.png)}' })
  assert.match(makeSelfContained(folder, folder)[0], /app\.acss: .*elsewhere/)
})

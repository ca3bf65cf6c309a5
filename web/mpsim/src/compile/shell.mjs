/** The page that holds a running mini program: the few default looks of the built-in tags, and the scripts. */

const CSS = `
html,body{margin:0;font-family:-apple-system,"PingFang SC","Noto Sans CJK SC",sans-serif}
.mp-nav{height:44px;line-height:44px;text-align:center;font-weight:600;background:#fff;position:relative}
.mp-nav button{position:absolute;left:0;top:0;height:44px;padding:0 16px;border:0;background:none;font:inherit}
.mp-page{position:relative;min-height:calc(100vh - 44px);overflow-x:clip;font-size:16px}
.mp-page *{box-sizing:border-box}
view,scroll-view,image,swiper,label,form,picker-view,swiper-item,rich-text,cover-view{display:block}
scroll-view[scroll-x]{overflow-x:auto}
scroll-view[scroll-y]{overflow-y:auto}
mp-button{display:block;text-align:center}
image>img{width:100%;height:100%;object-fit:contain}
input,textarea{border:0;outline:0;background:none;font:inherit;width:100%}
.mp-toast{position:fixed;top:45%;left:50%;transform:translateX(-50%);background:#303133;color:#fff;padding:10px 16px;border-radius:6px;z-index:9999}
`.trim()

export function shellHtml() {
  return `<!DOCTYPE html>
<html lang="zh-CN">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<title>Mini program</title>
<style>${CSS}</style>
<link rel="stylesheet" href="style.css">
</head>
<body>
<div id="root"></div>
<script src="bundle.js"></script>
<script src="runtime.js"></script>
<script>
const asked = new URLSearchParams(location.search)
MiniProgram.start({ page: asked.get('page'), phone: MiniProgram.phoneFromQuery(asked) })
</script>
</body>
</html>
`
}

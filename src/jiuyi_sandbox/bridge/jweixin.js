/*
 * The sandbox's stand-in for WeChat's in-page kit: `wx` (the JS-SDK) and `WeixinJSBridge`.
 * A page loads this file instead of https://res.wx.qq.com/open/js/jweixin-1.6.0.js. It knows nothing of the product.
 * What needs a person (cashier, camera, location) opens as a sheet from the sandbox in an iframe; answers come back by
 * postMessage and are believed only from the sandbox's origin and from that very frame.
 */
(function () {
  'use strict';
  if (window.WeixinJSBridge && window.WeixinJSBridge.sandbox) return;

  var base = new URL('.', document.currentScript.src);
  var english = /^en/i.test(document.documentElement.lang || navigator.language || '');
  var open = null;
  var calls = 0;

  function address(path, params) {
    var url = new URL(path, base);
    Object.keys(params).forEach(function (name) {
      if (params[name] !== undefined && params[name] !== null) url.searchParams.set(name, String(params[name]));
    });
    return url.href;
  }

  /* One sheet at a time, as on a phone. `done(result)` is not called when the person walks away without an answer. */
  function sheet(path, params, title, done) {
    if (open) return done({ result: 'fail', reason: 'another sheet is open' });
    var call = String(++calls);
    var before = document.activeElement;
    var frame = document.createElement('iframe');
    frame.title = title;
    frame.setAttribute('data-jiuyi-sandbox-sheet', path);
    frame.style.cssText =
      'position:fixed;inset:0;width:100%;height:100%;border:0;z-index:2147483647;background:transparent;color-scheme:normal';
    frame.src = address(path, Object.assign({}, params, { call: call, origin: location.origin, lang: english ? 'en' : 'zh' }));
    open = { frame: frame, call: call };

    function close() {
      window.removeEventListener('message', heard);
      frame.remove();
      open = null;
      if (before && before.focus) before.focus({ preventScroll: true });
    }
    function heard(event) {
      if (event.origin !== base.origin || event.source !== frame.contentWindow) return;
      var data = event.data;
      if (!data || data.jiuyi_sandbox !== 'sheet' || data.call !== call) return;
      close();
      if (data.result !== 'silent') done(data);
    }
    window.addEventListener('message', heard);
    frame.addEventListener('load', function () { frame.contentWindow.focus(); });
    document.body.appendChild(frame);
  }

  /* ---- WeixinJSBridge ---- */

  function pay(params, answer) {
    var wrong = ['appId', 'timeStamp', 'nonceStr', 'package', 'signType', 'paySign'].filter(function (name) {
      return typeof params[name] !== 'string' || !params[name];
    });
    if (wrong.length) return answer('fail', 'these must be non-empty strings: ' + wrong.join(', '));
    sheet('cashier', {
      appId: params.appId, timeStamp: params.timeStamp, nonceStr: params.nonceStr, package: params.package,
      signType: params.signType, paySign: params.paySign
    }, english ? 'WeChat Pay' : '微信支付', function (data) { answer(data.result, data.reason); });
  }

  /* An order that insurance and patient pay together; the pay fields are there only when the patient owes a part. */
  function payMixed(params, answer) {
    if (!config || state === 'none') return answer('fail', 'wx.config has not been called');
    if (state === 'checking') { var later = function () { payMixed(params, answer); }; onReady.push(later); onError.push(later); return; }
    if (state !== 'ready' || (config.jsApiList || []).indexOf('requestMedicalInsurancePay') < 0) return answer('fail', 'permission denied');
    if (typeof params.mixTradeNo !== 'string' || !params.mixTradeNo) return answer('fail', 'mixTradeNo must be a non-empty string');
    sheet('medins', {
      appid: params.appid || params.appId, mixTradeNo: params.mixTradeNo, timeStamp: params.timeStamp, nonceStr: params.nonceStr,
      package: params.package, signType: params.signType, paySign: params.paySign
    }, english ? 'Medical insurance payment' : '医保支付', function (data) { answer(data.result, data.reason); });
  }

  function closeWindow() {
    if (window.parent !== window) window.parent.postMessage({ jiuyi_sandbox: 'close_window' }, base.origin);
    else window.location.href = base.origin + '/';
  }

  var quiet = ['hideOptionMenu', 'showOptionMenu', 'hideToolbar', 'showToolbar'];
  window.WeixinJSBridge = {
    sandbox: true,
    invoke: function (name, params, callback) {
      var back = callback || function () {};
      if (name === 'getBrandWCPayRequest') {
        pay(params || {}, function (result, reason) {
          var answer = { err_msg: 'get_brand_wcpay_request:' + result };
          if (result === 'fail' && reason) answer.err_desc = reason;
          back(answer);
        });
      } else if (name === 'requestMedicalInsurancePay') {
        payMixed(params || {}, function (result, reason) {
          var answer = { err_msg: 'requestMedicalInsurancePay:' + result };
          if (result === 'fail' && reason) answer.err_desc = reason;
          back(answer);
        });
      } else if (name === 'closeWindow') {
        closeWindow();
        back({ err_msg: 'close_window:ok' });
      } else {
        back({ err_msg: 'system:function_not_exist' });
      }
    },
    call: function (name) { if (quiet.indexOf(name) < 0) this.invoke(name, {}); },
    on: function () {}
  };

  /* ---- wx ---- */

  var config = null;
  var state = 'none';
  var onReady = [];
  var onError = [];
  var failure = null;

  function settle(fine, reason) {
    state = fine ? 'ready' : 'failed';
    if (fine) onReady.splice(0).forEach(function (fn) { fn(); });
    else { failure = { errMsg: 'config:' + reason }; onError.forEach(function (fn) { fn(failure); }); }
  }

  function answer(name, options, result, extra) {
    var body = Object.assign({ errMsg: name + ':' + result }, extra || {});
    var kind = result === 'ok' ? 'success' : result === 'cancel' ? 'cancel' : 'fail';
    if (options[kind]) options[kind](body);
    if (options.complete) options.complete(body);
  }

  function guarded(name, work) {
    return function (options) {
      var given = options || {};
      var run = function () {
        if (state !== 'ready') return answer(name, given, 'the permission value is offline verifying');
        if ((config.jsApiList || []).indexOf(name) < 0) return answer(name, given, 'permission denied');
        return work(given, function (result, extra) { answer(name, given, result, extra); });
      };
      if (state === 'checking') { onReady.push(run); onError.push(run); } else run();
    };
  }

  var KNOWN = ['checkJsApi', 'getLocation', 'openLocation', 'scanQRCode', 'chooseWXPay', 'requestMedicalInsurancePay', 'closeWindow', 'getNetworkType',
    'hideMenuItems', 'showMenuItems', 'hideAllNonBaseMenuItem', 'showAllNonBaseMenuItem', 'hideOptionMenu', 'showOptionMenu',
    'updateAppMessageShareData', 'updateTimelineShareData', 'onMenuShareAppMessage', 'onMenuShareTimeline', 'onMenuShareQQ',
    'onMenuShareWeibo', 'onMenuShareQZone'];

  var wx = {
    config: function (options) {
      config = options;
      state = 'checking';
      var page = location.href.split('#')[0];
      fetch(address('config', {
        appId: options.appId, timestamp: options.timestamp, nonceStr: options.nonceStr, signature: options.signature, url: page
      }), { credentials: 'omit' }).then(function (response) { return response.json(); }).then(
        function (body) { settle(body.ok, body.reason); },
        function () { settle(false, 'the sandbox cannot be reached'); }
      );
    },
    ready: function (fn) { if (state === 'ready') fn(); else onReady.push(fn); },
    error: function (fn) { onError.push(fn); if (failure) fn(failure); },
    checkJsApi: function (options) {
      var found = {};
      ((options || {}).jsApiList || []).forEach(function (name) {
        found[name] = KNOWN.indexOf(name) >= 0 && (state !== 'ready' || (config.jsApiList || []).indexOf(name) >= 0);
      });
      answer('checkJsApi', options || {}, 'ok', { checkResult: found });
    },
    getLocation: guarded('getLocation', function (options, back) {
      sheet('location', { type: options.type || 'wgs84' }, english ? 'Location' : '位置', function (data) {
        back(data.result, data.result === 'ok' ? data.value : undefined);
      });
    }),
    scanQRCode: guarded('scanQRCode', function (options, back) {
      sheet('scan', {}, english ? 'Scan' : '扫一扫', function (data) {
        back(data.result, data.result === 'ok' ? { resultStr: options.needResult ? data.value : '' } : undefined);
      });
    }),
    openLocation: guarded('openLocation', function (options, back) {
      sheet('map', {
        latitude: options.latitude, longitude: options.longitude, name: options.name, address: options.address
      }, english ? 'Map' : '地图', function () { back('ok'); });
    }),
    chooseWXPay: guarded('chooseWXPay', function (options, back) {
      pay({
        appId: options.appId || config.appId, timeStamp: String(options.timestamp), nonceStr: options.nonceStr,
        package: options.package, signType: options.signType, paySign: options.paySign
      }, function (result, reason) { back(result, reason ? { err_desc: reason } : undefined); });
    }),
    requestMedicalInsurancePay: guarded('requestMedicalInsurancePay', function (options, back) {
      payMixed(options, function (result, reason) { back(result, reason ? { err_desc: reason } : undefined); });
    }),
    getNetworkType: guarded('getNetworkType', function (options, back) { back('ok', { networkType: 'wifi' }); }),
    closeWindow: closeWindow
  };
  KNOWN.forEach(function (name) {
    if (!wx[name]) wx[name] = guarded(name, function (options, back) { back('ok'); });
  });
  window.wx = window.jWeixin = wx;

  /* Pages wait for this event when the bridge is not there yet. */
  setTimeout(function () { document.dispatchEvent(new Event('WeixinJSBridgeReady')); }, 0);
})();

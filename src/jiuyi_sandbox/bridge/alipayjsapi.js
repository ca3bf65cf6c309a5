/*
 * The sandbox's stand-in for what the Alipay app puts into a page: `AlipayJSBridge`, and `ap` of Alipay's page library.
 * A page loads this file where it would load https://gw.alipayobjects.com/as/g/h5-lib/alipayjsapi/3.1.1/alipayjsapi.inc.min.js.
 * It knows nothing of the product. What needs a person (cashier, camera, location) opens as a sheet from the sandbox in an
 * iframe; answers come back by postMessage and are believed only from the sandbox's origin and from that very frame.
 */
(function () {
  'use strict';
  if (window.AlipayJSBridge && window.AlipayJSBridge.sandbox) return;

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

  /* One sheet at a time, as on a phone. `done(data)` is not called when the person walks away without an answer. */
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

  /* What a page hears of the cashier: 9000 paid, 8000 in process, 6001 closed by the person, 6002, 6004, 4000 failed. */
  var ENDS = { ok: '9000', cancel: '6001', fail: '4000' };

  function tradePay(options, answer) {
    var number = options.tradeNO || options.tradeNo;
    if (typeof number !== 'string' || !number) {
      return answer({ resultCode: '4000', memo: 'tradeNO must be a non-empty string', result: '' });
    }
    sheet('alipay/cashier', { trade_no: number }, english ? 'Alipay' : '支付宝', function (data) {
      answer({ resultCode: data.code || ENDS[data.result] || '4000', memo: data.reason || '', result: '' });
    });
  }

  function location_(options, answer) {
    sheet('location', { type: 'gcj02' }, english ? 'Location' : '位置', function (data) {
      if (data.result !== 'ok') return answer({ error: 11, errorMessage: english ? 'location refused' : '用户未授权' });
      answer({ latitude: data.value.latitude, longitude: data.value.longitude, accuracy: data.value.accuracy, isGPSDefault: false });
    });
  }

  function scan(options, answer) {
    sheet('scan', {}, english ? 'Scan' : '扫一扫', function (data) {
      if (data.result !== 'ok') return answer({ error: 10, errorMessage: english ? 'cancelled' : '用户取消' });
      answer({ qrCode: data.value, barCode: data.value, code: data.value, codeContent: data.value });
    });
  }

  function openLocation(options, answer) {
    sheet('map', {
      latitude: options.latitude, longitude: options.longitude, name: options.name, address: options.address
    }, english ? 'Map' : '地图', function () { answer({ success: true }); });
  }

  function authCode(options, answer) {
    var scopes = options.scopes || options.scopeNicks || 'auth_base';
    fetch(address('alipay/auth_code', { app: 'life', scopes: [].concat(scopes).join(','), origin: location.origin }), {
      method: 'POST', credentials: 'omit'
    }).then(function (response) { return response.json(); }).then(function (body) {
      if (!body.auth_code) return answer({ error: 11, errorMessage: body.error });
      answer({ authCode: body.auth_code, authcode: body.auth_code, authSuccessScopes: [].concat(scopes), authErrorScopes: {} });
    }, function () { answer({ error: 12, errorMessage: 'the sandbox cannot be reached' }); });
  }

  function closeWindow(options, answer) {
    if (window.parent !== window) window.parent.postMessage({ jiuyi_sandbox: 'close_window' }, base.origin);
    else window.location.href = base.origin + '/';
    answer({});
  }

  function done(options, answer) { answer({ success: true }); }

  var WORKS = {
    tradePay: tradePay, getCurrentLocation: location_, getLocation: location_, scan: scan, openLocation: openLocation,
    getAuthCode: authCode, popWindow: closeWindow, closeWebview: closeWindow, exitApp: closeWindow,
    getNetworkType: function (options, answer) { answer({ networkType: 'wifi', networkAvailable: true, networkInfo: 'WIFI' }); },
    getAppInfo: function (options, answer) { answer({ app: 'alipay', version: '10.5.90' }); },
    setTitle: done, setOptionMenu: done, showOptionMenu: done, hideOptionMenu: done, showToolbar: done, hideToolbar: done,
    setTitleColor: done, setBarBottomLineColor: done, pullRefresh: done, showTitlebar: done, hideTitlebar: done, vibrate: done
  };

  window.AlipayJSBridge = {
    sandbox: true,
    startupParams: { appId: '20000067' },
    call: function (name, params, callback) {
      if (typeof params === 'function') { callback = params; params = {}; }
      var back = callback || function () {};
      if (!Object.prototype.hasOwnProperty.call(WORKS, name)) {
        return setTimeout(function () { back({ error: 1, errorMessage: 'not implemented!' }); }, 0);
      }
      WORKS[name](params || {}, function (answer) { setTimeout(function () { back(answer); }, 0); });
    }
  };

  /* `ap.NAME(options, callback)`; options may carry success, fail and complete, and a promise is given back. */
  var ap = { isAlipay: true, ready: function (fn) { return fn ? fn() : Promise.resolve(); } };
  Object.keys(WORKS).forEach(function (name) {
    ap[name] = function (options, callback) {
      if (typeof options === 'function') { callback = options; options = {}; }
      var given = typeof options === 'string' ? { tradeNO: options } : options || {};
      return new Promise(function (resolve) {
        window.AlipayJSBridge.call(name, given, function (answer) {
          if (callback) callback(answer);
          if (answer.error ? given.fail : given.success) (answer.error ? given.fail : given.success)(answer);
          if (given.complete) given.complete(answer);
          resolve(answer);
        });
      });
    };
  });
  window.ap = ap;

  /* Pages wait for this event when the bridge is not there yet. */
  setTimeout(function () { document.dispatchEvent(new Event('AlipayJSBridgeReady')); }, 0);
})();

/** Filter patterns: what AWS's documentation says each matches, what is refused, and that none can hold the cloud up. */
import { describe, expect, it } from "vitest";
import { parsePattern } from "../../../../stacks/local/logs/patterns/index.ts";

const apache = '127.0.0.1 - frank [10/Oct/2000:13:25:15 -0700] "GET /index.html HTTP/1.0" 404 1534';
const trail = JSON.stringify({
  eventType: "UpdateTrail",
  sourceIPAddress: "111.111.111.111",
  arrayKey: ["value", "another value"],
  objectList: [{ name: "a", id: 1 }, { name: "b", id: 2 }, "loose"],
  SomeObject: null,
  cluster: { "cluster.name": "c" },
  bandwidth: 1500,
  rate: "12.5",
  ThisFlag: true,
});

describe("a pattern of terms", () => {
  // The table of AWS's documentation, and where it is silent, what was there before.
  it.each([
    ["", "anything", true],
    ["ERROR", "an ERROR here", true],
    ["ERROR", "an error here", false],
    ["ERROR ARGUMENTS", "[ERROR 419] MISSING ARGUMENTS", true],
    ["ERROR ARGUMENTS", "[ERROR 419] bad", false],
    ["?ERROR ?ARGUMENTS", "missing ARGUMENTS", true],
    ["?ERROR ?ARGUMENTS", "fine", false],
    ["REQUEST ?ERROR ?WARN", "REQUEST only", true],
    ["ERROR -ARGUMENTS", "ERROR 401 UNAUTHORIZED", true],
    ["ERROR -ARGUMENTS", "ERROR 400 BAD ARGUMENTS", false],
    ['"INTERNAL SERVER ERROR"', "500: INTERNAL SERVER ERROR.", true],
    ['"INTERNAL SERVER ERROR"', "SERVER INTERNAL ERROR", false],
    ['-"a b" c', "a c b", true],
    ['"say \\"x\\""', 'they say "x"', true],
    ["%AUTHORIZED|DENIED%", "UNAUTHORIZED", true],
    ["%colou?r%", "my color", true],
    ["%^ERR%", "an ERR", false],
    ["%[0-9]{3}$%", "status 404", true],
    ["%[0-9]{3}$%", "404 status", false],
    ["%10\\.10\\.0\\.1%", "from 10.10.0.1", true],
    ["%10\\.10\\.0\\.1%", "from 10510.0.1", false],
    ["-%[45]..% GET", "GET 404", false],
    ["%a{2,3}b%", "xaab", true],
    ["%^a{2,3}b%", "aaaab", false],
    ["%^a+b*c?$%", "aabbb", true],
    ["%\\d+ms%", "took 12ms", true],
  ])("%s on %s is %s", (pattern, message, expected) => {
    expect(parsePattern(pattern).matches(message)).toBe(expected);
  });
});

describe("a JSON pattern", () => {
  it.each([
    ['{ $.eventType = "UpdateTrail" }', true],
    ["{ $.eventType = UpdateTrail }", true],
    ['{ $.eventType = "Update*" }', true],
    ['{ $.eventType = "*Trail" }', true],
    ['{ $.eventType = "trail" }', false],
    ['{ $.eventType != "DeleteTrail" }', true],
    ["{ $.sourceIPAddress != 123.123.* }", true],
    ["{ $.sourceIPAddress = 111.111.* }", true],
    ['{ $.arrayKey[0] = "value" }', true],
    ['{ $.arrayKey[1] = "value" }', false],
    ['{ $.arrayKey[*] = "another value" }', true],
    ["{ $.objectList[1].id = 2 }", true],
    ["{ $.objectList[*].id > 1 }", true],
    ["{ $.objectList[*].id > 2 }", false],
    ["{ $.SomeObject IS NULL }", true],
    ["{ $.ThisFlag IS TRUE }", true],
    ["{ $.ThisFlag IS FALSE }", false],
    ["{ $.SomeOtherObject NOT EXISTS }", true],
    ["{ $.SomeObject NOT EXISTS }", false],
    ["{ $.cluster.['cluster.name'] = \"c\" }", true],
    ['{ $.cluster["cluster.name"] = "c" }', true],
    ["{ $.bandwidth > 1e3 }", true],
    ["{ $.bandwidth >= 1500 && $.bandwidth <= 1500.0 }", true],
    ["{ $.bandwidth < -1 }", false],
    ["{ $.rate > 12 }", true],
    ["{ $.eventType = %^Update.*l$% }", true],
    ["{ $.eventType = %^Delete% || $.ThisFlag IS TRUE }", true],
    ["{ ($.bandwidth = 1 || $.bandwidth = 1500) && $.eventType = %Trail% }", true],
    ["{ $.bandwidth = 1 || $.bandwidth = 1500 && $.eventType = x }", false],
    ["{ $.missing != x }", false],
    ["{ $.__proto__.x = 1 }", false],
  ])("%s is %s", (pattern, expected) => {
    expect(parsePattern(pattern).matches(trail)).toBe(expected);
  });

  // Lines of other forms are among those of every function.
  it("never matches what is no JSON", () => {
    for (const message of ["no json", "", "{ broken", "START RequestId: 1"])
      expect(parsePattern("{ $.a NOT EXISTS }").matches(message)).toBe(false);
  });
});

describe("a space-delimited pattern", () => {
  it.each([
    ["[ip, user, username, timestamp, request, status_code, bytes]", true],
    ["[ip, user, username, timestamp, request, status_code]", false],
    ["[ip, user, username, timestamp, request, status_code = 4*, bytes]", true],
    ["[ip, user, username, timestamp, request, status_code = 5* || status_code = 404, bytes > 1000]", true],
    ["[ip, ..., status_code = 4*, bytes]", true],
    ["[..., status_code = 4*, bytes > 2000]", false],
    ["[ip = 127.0.0.*, ...]", true],
    ['[..., request = "*.html*", status_code, bytes]', true],
    ["[..., request = *.html*, status_code, bytes]", true],
    ["[ip = %127\\.0\\.0\\.[1-3]%, ...]", true],
    ["[..., status_code != 404, bytes]", false],
    ["[w1=ERROR, w2]", false],
    ["[..., (bytes > 1 && bytes < 1600)]", true],
  ])("%s is %s", (pattern, expected) => {
    expect(parsePattern(pattern).matches(apache)).toBe(expected);
  });

  // What a metric filter would count, by the names that the pattern gives.
  it("names what it finds", () => {
    expect(parsePattern("[ip, ..., status=4*, bytes]").extract(apache)).toEqual({
      ...{ $ip: "127.0.0.1", $status: "404", $bytes: "1534" },
    });
    expect(parsePattern("{ $.bandwidth > 1 && $.eventType = * }").extract(trail)).toEqual({
      ...{ "$.bandwidth": "1500", "$.eventType": "UpdateTrail" },
    });
  });
});

describe("what is no pattern", () => {
  // What is not understood is refused, never taken for "everything".
  it.each([
    ...["{ $.a = }", "{ a = 1 }", "{ $.a = 1", "{ $.a ~ 1 }", "{ $.a > b }", "{ $.a IS 5 }", "{ }", "{ $.a = 1 && }"],
    ...["{ ($.a = 1 }", '{ $.a = "x }', "[a, b", "[a, ..., b, ...]", "[a > x]", "[a = 1 && b = 2]", "[a b]"],
    ...["a:b", '"open', "%(a)%", "%a!%", "%%", "%[a%", "%a{2%", "%*a%", "%é%", "-", "%a{5,2}%", "%a{9999}%"],
    ...["{ $.a = %a% && $.b = %b% && $.c = %c% }", "x".repeat(1025), `{ ${"(".repeat(30)}$.a = 1${")".repeat(30)} }`],
  ])("%s is refused", (pattern) => {
    expect(() => parsePattern(pattern)).toThrow(
      expect.objectContaining({ code: "InvalidParameterException", message: expect.stringMatching(/./) }),
    );
  });

  // One process serves everybody: a pattern and a message made for each other must not stop it.
  it("cannot make a long message take long", () => {
    const message = "a".repeat(100_000);
    const hostile = [
      `%${"a*".repeat(30)}b%`,
      `%${".*".repeat(30)}b$%`,
      "%a{0,120}a{0,120}b%",
      `{ $.x = "${"*a".repeat(200)}b" }`,
      `[x = ${"*a".repeat(200)}b]`,
    ];
    for (const pattern of hostile) {
      const { matches } = parsePattern(pattern);
      const began = performance.now();
      matches(pattern.startsWith("{") ? JSON.stringify({ x: message }) : message.slice(0, 5000));
      expect(performance.now() - began, pattern.slice(0, 30)).toBeLessThan(1500);
    }
  });
});

/* vectors: keys and tokens made by others: RFC 7515 appendix A, and (OTHER_) one of each further algorithm
 * signed by the Python package cryptography 38, with the claims {"role":"editor"}. SPDX-License-Identifier:
 * ISC */
#ifndef TEST_UNIT_AUTH_VECTORS_H
#define TEST_UNIT_AUTH_VECTORS_H

/* clang-format off */
static const char RFC7515_HS_KEY[] =
    "{\"kty\":\"oct\",\"k\":\"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9"
    "CAow\"}";
static const char RFC7515_RSA_KEY[] =
    "{\"kty\":\"RSA\",\"n\":\"ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPM"
    "EzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5"
    "rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-D"
    "WNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ\",\"e\":\"AQAB\"}";
static const char RFC7515_P256_KEY[] =
    "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\",\"y\":\"x_FEzRu9m36HLN_tue6"
    "59LNpXW6pCyStikYjKIWI5a0\"}";
static const char RFC7515_P521_KEY[] =
    "{\"kty\":\"EC\",\"crv\":\"P-521\",\"x\":\"AekpBQ8ST8a8VcfVOTNl353vSrDCLLJXmPk06wTjxrrjcBpXp5EOnYG_NjFZ6OvLFV1jS"
    "fS9tsz4qUxcWceqwQGk\",\"y\":\"ADSmRA43Z1DSNx_RvcLI87cdL07l6jQyyBXMoxVg_l2Th-x3S1WDhjDly79ajL4Kkd0AZMaZmh"
    "9ubmf63e3kyMj2\"}";
static const char OTHER_RSA_KEY[] =
    "{\"kty\":\"RSA\",\"n\":\"ubHkORJXEu1RfN_QgoxxRjK46GcgMCw00rRU0lOKCZyLy0moWBRiJohFq9AzGnbBQ-oQE9onKOpE4vpfw9"
    "11h5YOGJnFE2SPJ9VV2mLhYgPZmI9XoH4Y6Id9m3NfepPqWzwWTVbqLvmgbU7XvDJQLXChpuU9FPAu2wA3Y5jRi8uqm4mZfxblRW"
    "yyzx90Ks7ak8X3sc-KVu0q8rf2w7DEMMK73wTegzbHfGhO2K_IK1kWgqX2GPe1aB52g08JlK4gzGn7JXZR05JEQrfcwnlGuUp0ym"
    "LFuGb3XjmysonRNHwEu8uwUgdy9-YIH8x7gWtj4aggGXB39__9sAF7SYizuQ\",\"e\":\"AQAB\"}";
static const char OTHER_P384_KEY[] =
    "{\"kty\":\"EC\",\"crv\":\"P-384\",\"x\":\"8dcgydsiFOJu4wy98NdP5mI2xp3v3V3H4cILuqPhCO8T12xxB2ILyvW6nrKIrPtV\",\"y\""
    ":\"PYgmg15lDHXzSUUkKaKTIy-mIaTi9lmc3zKcUusa3NOcLhALpYgPXDHh64uQ5Z5r\"}";
static const char RFC7515_HS256[] =
    "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9"
    "leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
static const char RFC7515_RS256[] =
    "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19"
    "yb290Ijp0cnVlfQ.cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt"
    "_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb"
    "1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI"
    "8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw";
static const char RFC7515_ES256[] =
    "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19"
    "yb290Ijp0cnVlfQ.DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU"
    "1Q";
static const char RFC7515_ES512[] =
    "eyJhbGciOiJFUzUxMiJ9.UGF5bG9hZA.AdwMgeerwtHoh-l192l60hp9wAHZFVJbLfD_UxMi70cwnZOYaRI1bKPWROc-mZZqwqT2"
    "SI-KGDKB34XO0aw_7XdtAG8GaSwFKdCAPZgoXD2YBJZCPEX3xKpRwcdOO8KpEHwJjyqOgzDO7iKvU8vcnwNrmxYbSW9ERBXukOXo"
    "lLzeO_Jn";
static const char OTHER_RS256[] =
    "eyJhbGciOiAiUlMyNTYifQ.eyJyb2xlIjoiZWRpdG9yIn0.J7_5oCfIK_2LKrXLSEqoU-K4wgzIa3iiGiaYDHGnR6xtZFMLlYHx1"
    "rEPK6Ogh78AEApwHPhc7xa-27HZPG02B-pCw3yIShYdU0yOfAvGAP_MwP55SgSbUB952x6oOJ4Urf5SBMcsqDEeXWYSupY_mAQW4"
    "_Oy5TSQtsltFE08pBU0OqFNJewfIrupdXMoX5vebnJS1mTTUeIOKa9Z78vjkrW73pXy26UmkA8VqIH38KXvzsSzN_mni2QUYRwO6"
    "y5ZYeF1klXa21n7Y7I-Ynz5T2fDyS4nkCigS-xE1d7Qg_iIVBcuCu10MvatuoIoXlmrQ0DdjsJZXQswdhXFvi2EHQ";
static const char OTHER_RS384[] =
    "eyJhbGciOiAiUlMzODQifQ.eyJyb2xlIjoiZWRpdG9yIn0.YXZlSoCGB7EyI3NP_pn2rSEGmoTDATw1lOQEsSH7jl7AAwrMQ3Lto"
    "caYMMW84eDdunIdy-9l9oNiqzUSuIpIdeofOWVAYJ-gOF1-zoU71PQsYZQkCGv8TpsadzjQtiBaYc2r9nRVTrVKQ5scLsmrSlLAj"
    "tOa8kTyMW0KAur6053qx8GR5HozjkR3lrCeD2npjBzEQLriQhQEoDclO6OZ2l_K0IL6LM94Gw_ROMOTNUJpztioDwSdxzuC5OPWQ"
    "RC2J4VEOwKmAiaFa0pG40ccAz_V4tIbSNC1tSopRBy8pxU3IoUHXEgoBHJ5Ji2wtlGsDAdvMSgpfPFbED6CvIdTyg";
static const char OTHER_RS512[] =
    "eyJhbGciOiAiUlM1MTIifQ.eyJyb2xlIjoiZWRpdG9yIn0.niQ-izne1a-4sKzvN-pDuqRrkYBPtpVKDkZa087Xcj27vI4YX-4gQ"
    "v0faYq3QgiKqj0KueHXuh7wUZeOPcLu6yoKW7GI4Kv_0m1CaOT4gK7jueOwCdCQ0kvPw5uRHM8eazfJZrVwLctZDFED4gihcYaNl"
    "dr6YytxFx2fvHhWMmxS-sKWhQ_9M2-LSDfCEl4y62rMG7aXhwgksQOlh7wk_EhWh1Muu0p46Ea_u7KlWAVPOYsiXkfRkWnM1S95l"
    "3l2tHzq0fq2j5Ju9GmrMd94EGcenF3jOVRViPs86y6yxBH-XvdCTHA5BfpkWfXTCToxjMGLcLIobVYQpMiQqPDc6Q";
static const char OTHER_PS256[] =
    "eyJhbGciOiAiUFMyNTYifQ.eyJyb2xlIjoiZWRpdG9yIn0.s93emecA1Bjop43fG7z5EngbXj6w7US5FPfA2M5yyMCeiVqzeHyl_"
    "vOAngBkx7FpsqAEbll9TdjoIp8HwsA3m5SXqcTu_BVaB2h0lSslCtV7Mmg-QOCgXYSaGSNWscUCNRquYnA61uLw5QCq7XG95m5iW"
    "A064Rr23vHXWylAFfWCvM2sao25cgwfQRuVPD0PJwgyv5U9vs8awivPfEf2snDXGofyLVYHN3IHFNK10rFqfirmw7KgdtHSedUcQ"
    "LQAPSvAgy5dGb8qH19Nq17UJafRexBzzyMoYOoIUlBo9H6ia6JWAgaKK6tM7igy2VhXeAR68aZ0BQQjSOMRUa4PqQ";
static const char OTHER_PS384[] =
    "eyJhbGciOiAiUFMzODQifQ.eyJyb2xlIjoiZWRpdG9yIn0.I9QMcrEDSzNDAItgGBEjAbb0alwk405ve5XVqs5KNIEgQLVnM_ULz"
    "SHF6_EcubXCTtzeqr7NW4nYkOYzZte-UPK2o2ej9DslKsT1Tc00dogb7RZCEeTL_eLLLbl_bL-WKtj7sFarEgUQAMfuOsWjRgCsX"
    "ZEsk3eNQE_tvcIHVCnLVSBhQBo5QHfoEakGanbwYd9i7eASysYzw-Ins9VX1EIsnw1GA_D4VCjAEX4eTF-xV9hsEDYZkKKOaEuFy"
    "dt2zf8esXRXIO_9C1zx5OztybAzpCUjIMPF4PREd2PHN2fgg0UNQE40BcabX5j0Q2xblCOdWAH2WgioGjOSuAyLuw";
static const char OTHER_PS512[] =
    "eyJhbGciOiAiUFM1MTIifQ.eyJyb2xlIjoiZWRpdG9yIn0.NSitRm87Sosh5VrfqYLCB2leub50vFFmZISQIYr7xu-lrdPa-162Q"
    "UhUabLY-ZdHOp84-efdhVMzUKvmbT2iauKzZ-63pYFUoTjh3SSrd_kFV4L3JqB2JQPtfgf6nJG6Hv-csfbuqbi5lrphPahZvgBsK"
    "8_XFr9l_at3FZLGdqDSfAbPQd9MFIfzY1C_9yA_qz4cvVicoae8hrTsuYPOtJOAjXqyO6GXlUL2S23c1Z01hmymzgOI3OtWehtmI"
    "q8lKNKnxQ7EhNzA9obGSwkH-cwZgf0UuQ3kOBO_dR7uTZXLxQ6mM8nfyNXUBzC0m9TGCj78YYqzWaTsGqf-wtx3uQ";
static const char OTHER_ES384[] =
    "eyJhbGciOiJFUzM4NCJ9.eyJyb2xlIjoiZWRpdG9yIn0.BbECggizM9olTlUOwFikLWfjnZYBaVVBixTD-0HVg7xmYEas3lnD5x1"
    "Kn6yjveVOhE03WI3ZcfzyxE8O8hBHAvIdH5Mb76vRwQzXIYwIuhh0UYeIDwSmUfawPLODoHUa";
/* clang-format on */

#endif

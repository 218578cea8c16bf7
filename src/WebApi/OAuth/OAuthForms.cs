namespace GoApi.WebApi.OAuth;

/// <summary>A form that cannot be read is the client's fault, and is told in the words of RFC 6749, section 5.2; OpenIddict would let the exception through.</summary>
internal sealed class OAuthForms(RequestDelegate next)
{
    public async Task InvokeAsync(HttpContext context)
    {
        if (HttpMethods.IsPost(context.Request.Method) && context.Request.HasFormContentType && context.Request.Path.StartsWithSegments("/api/v1/oauth"))
        {
            try
            {
                await context.Request.ReadFormAsync(context.RequestAborted);
            }
            // A multipart body that ends too early is an IOException of the reader's own.
            catch (Exception unreadable) when (unreadable is InvalidDataException or IOException and not BadHttpRequestException && !context.RequestAborted.IsCancellationRequested)
            {
                await Results.Json(new { error = "invalid_request", error_description = "The form cannot be read." }, statusCode: StatusCodes.Status400BadRequest).ExecuteAsync(context);
                return;
            }
        }

        await next(context);
    }
}
